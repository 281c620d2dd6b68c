/** Apart from the migrations: who only wants to tell of it need not load what applies them. */
export class SchemaTooNewError extends Error {
  constructor(unknown: string[]) {
    super(
      `The database was migrated by a newer version of passerelle (${unknown.join(', ')}). ` +
        'Run that version or a later one, or restore a backup made before the upgrade.',
    );
    this.name = 'SchemaTooNewError';
  }
}
