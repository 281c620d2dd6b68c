import type { VariableDefinition, VariableName, Variables, VariableValue } from '../variables.ts';
import type { Editor, Page, PageRequest } from './page.ts';

/** A variable with the value in force. */
export interface VariableView extends Pick<VariableDefinition, 'scope' | 'default' | 'description'> {
  name: VariableName;
  value: VariableValue;
  /** The words that it may be; absent: true or false. */
  values?: string[];
  /** null = nowhere: the default holds. */
  setAt: 'organization' | 'source_system' | null;
}

export interface VariableChange {
  /** The code of the source system; null = of the organization. */
  sourceSystem: string | null;
  before: VariableValue | null;
  after: VariableValue | null;
  actor: string;
  changedAt: string;
}

export interface VariableAdministration {
  /** @param sourceSystemId null = of the organization */
  list(organizationId: number, sourceSystemId: number | null): Promise<VariableView[]>;
  /** The values in force for the organization as a whole. */
  effective(organizationId: number): Promise<Variables>;
  /** @param value null = not set any more */
  set(editor: Editor, sourceSystemId: number | null, name: VariableName, value: VariableValue | null): Promise<void>;
  /**
   * Newest first.
   *
   * @param sourceSystemId of this source system alone; undefined = of the organization and of all its source systems
   */
  history(
    organizationId: number,
    sourceSystemId: number | undefined,
    name: VariableName,
    page: PageRequest,
  ): Promise<Page<VariableChange>>;
}
