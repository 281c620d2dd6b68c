import type pg from 'pg';

interface PlanNode {
  'Relation Name'?: string;
  'Actual Rows': number;
  'Actual Loops': number;
  'Rows Removed by Filter'?: number;
  'Rows Removed by Index Recheck'?: number;
  'Rows Removed by Join Filter'?: number;
  Plans?: PlanNode[];
}

/**
 * Runs a statement by the plan that serves every batch, and counts the rows that it looks at in a table: those that it finds
 * and those that it finds for nothing. Parameters are as the driver sends them.
 *
 * @param fill what comes between the making of the plan and its use: connections keep plans for as long as they live
 */
export async function rowsRead(
  client: pg.ClientBase,
  statement: string,
  values: readonly unknown[],
  table: string,
  fill?: () => Promise<unknown>,
): Promise<number> {
  const plan = await planOf(client, statement, values, fill);
  return sum(plan.filter((node) => node['Relation Name'] === table));
}

/** The same of all steps of the statement, those that compare what it has read with each other too. */
export async function rowsHandled(
  client: pg.ClientBase,
  statement: string,
  values: readonly unknown[],
): Promise<number> {
  return sum(await planOf(client, statement, values));
}

async function planOf(
  client: pg.ClientBase,
  statement: string,
  values: readonly unknown[],
  fill?: () => Promise<unknown>,
): Promise<PlanNode[]> {
  await client.query(`prepare counted as ${statement}`);
  const literals = values.map((value) => literal(client, value)).join(', ');
  if (fill !== undefined) {
    await client.query(`explain execute counted (${literals})`);
    await fill();
  }
  const { rows } = await client.query<{ 'QUERY PLAN': [{ Plan: PlanNode }] }>(
    `explain (analyze, timing off, format json) execute counted (${literals})`,
  );
  await client.query('deallocate counted');
  return rows[0]!['QUERY PLAN'].flatMap(({ Plan }) => nodes(Plan));
}

function sum(plan: readonly PlanNode[]): number {
  return plan.reduce((total, node) => total + read(node), 0);
}

function read(node: PlanNode): number {
  const inVain =
    (node['Rows Removed by Filter'] ?? 0) +
    (node['Rows Removed by Index Recheck'] ?? 0) +
    (node['Rows Removed by Join Filter'] ?? 0);
  return (node['Actual Rows'] + inVain) * node['Actual Loops'];
}

function nodes(node: PlanNode): PlanNode[] {
  return [node, ...(node.Plans ?? []).flatMap(nodes)];
}

function literal(client: pg.ClientBase, value: unknown): string {
  const text = Array.isArray(value) ? `{${value.map((one) => JSON.stringify(textOf(one))).join(',')}}` : String(value);
  return client.escapeLiteral(text);
}

function textOf(value: unknown): unknown {
  return Buffer.isBuffer(value) ? `\\x${value.toString('hex')}` : value;
}

/** What the database analyzes by itself meanwhile would change the plans that are counted; the gateway analyzes what has grown. */
export async function analyzeNothing(pool: pg.Pool, tables: readonly string[]): Promise<void> {
  for (const table of tables) await pool.query(`alter table ${table} set (autovacuum_enabled = false)`);
}
