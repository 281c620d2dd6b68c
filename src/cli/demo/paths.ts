/** Where a LIS operation goes: the paths that Brightspace's IPSIS publishes, as a SIS set up for it has them. */
export function pathOf(operation: string): string {
  const object = Object.keys(paths).find((name) => operation.includes(name));
  if (object === undefined) throw new Error(`no path for ${operation}`);
  return `/d2l/im/ipsis/lis/${paths[object] ?? ''}ManagementServices.svc`;
}

/** The first whose name is in the operation's. */
const paths: Record<string, string> = {
  Result: 'omsv1p0/Result',
  Person: 'pmsv2p0/Person',
  Group: 'gmsv2p0/Group',
  Membership: 'mmsv2p0/Membership',
  CourseTemplate: 'cmsv1p0/CourseTemplate',
  CourseOffering: 'cmsv1p0/CourseOffering',
  CourseSection: 'cmsv1p0/CourseSection',
  SectionAssociation: 'cmsv1p0/SectionAssociation',
};
