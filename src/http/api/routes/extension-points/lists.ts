import type { Editor, Expected } from '../../../../domain/administration/index.ts';
import { type ChosenList, inboundPoint, ListRefused } from '../../../../domain/extension-points.ts';
import { checkList } from '../../../../pipeline/plugins/index.ts';
import type { ApiServices } from '../../services.ts';
import { describeInbound, inboundList, inboundSummary, putInbound, resetInbound } from './inbound.ts';
import { chosenOf, describePoint, effectiveList, requirePoint } from './views.ts';

/** What lists are kept and checked with. */
export type ListServices = Pick<ApiServices, 'administration' | 'accessPolicies' | 'extensionPoints'>;

export interface ListPlace {
  readonly point: string;
  /** null = of the organization. */
  readonly sourceSystemId: number | null;
}

/** The list of a point as it is in force. Throws GatewayError `not_found`. */
export async function listInForce(
  services: ListServices,
  organizationId: number,
  { point: name, sourceSystemId }: ListPlace,
) {
  if (name === inboundPoint) return inboundList(services, organizationId, sourceSystemId);
  const point = requirePoint(services.extensionPoints.registry, name);
  const chosen = await services.administration.extensionPoints.chosen(organizationId);
  return effectiveList(services, organizationId, point, chosenOf(chosen, name, sourceSystemId), sourceSystemId);
}

/** What a point is, with its list in force there: one shape, of the organization and of a source system. */
export async function readPoint(services: ListServices, organizationId: number, place: ListPlace) {
  const { registry } = services.extensionPoints;
  const described =
    place.point === inboundPoint
      ? describeInbound(services)
      : describePoint(registry, requirePoint(registry, place.point));
  return { ...described, list: await listInForce(services, organizationId, place) };
}

/** All points with their lists in force. */
export async function listPoints(services: ListServices, organizationId: number, sourceSystemId: number | null) {
  const chosen = await services.administration.extensionPoints.chosen(organizationId);
  const points = [...services.extensionPoints.registry.points.values()];
  const inbound = { ...inboundSummary, list: await inboundList(services, organizationId, sourceSystemId) };
  const listed = await Promise.all(
    points.map(async (point) => {
      const own = chosenOf(chosen, point.name, sourceSystemId);
      const { name, kind, summary } = point;
      return { name, kind, summary, list: await effectiveList(services, organizationId, point, own, sourceSystemId) };
    }),
  );
  return [inbound, ...listed];
}

/** Puts a list, and gives it as it is in force then. Throws ListRefused, and GatewayError `not_found` or `conflict`. */
export async function putList(
  services: ListServices,
  editor: Editor,
  place: ListPlace,
  list: ChosenList,
  expected: Expected,
) {
  if (place.point === inboundPoint) return putInbound(services, list, { editor, ...place, expected });
  const { registry } = services.extensionPoints;
  const { reasons } = checkList(registry, requirePoint(registry, place.point), list);
  if (reasons.length > 0) throw new ListRefused(place.point, reasons);
  await services.administration.extensionPoints.choose(editor, place, list, expected);
  return listInForce(services, editor.organizationId, place);
}

/** Has the list of the wider place, or the shipped one, again. Throws GatewayError `not_found` or `conflict`. */
export async function resetList(
  services: ListServices,
  editor: Editor,
  place: ListPlace,
  expected: Expected,
): Promise<void> {
  if (place.point === inboundPoint) return resetInbound(services, { editor, ...place, expected });
  requirePoint(services.extensionPoints.registry, place.point);
  await services.administration.extensionPoints.choose(editor, place, null, expected);
}
