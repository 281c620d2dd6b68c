import type pg from 'pg';
import type { FailedAttempts } from '../../domain/access.ts';
import { notifyAccess } from './notify-access.ts';

/** New failures of one pair. User names are folded; '' stands for the address as a whole. */
export type FailureIncrement = { userName: string; address: string; failures: number };

type Pair = { userName: string; address: string };

/** Failed attempts per (user name, address), shared by all processes. */
export function createLockoutStore({ pool }: { pool: pg.Pool }) {
  return {
    /** Adds failures at `at` and returns the pairs as they now are; counting begins anew when the window is over. */
    async add(increments: readonly FailureIncrement[], at: Date, windowMs: number): Promise<FailedAttempts[]> {
      const sorted = [...increments].sort(byKey);
      const { rows } = await pool.query<LockoutRow>(
        `insert into lockout as l (user_name_key, address, failures, window_started_at, last_failed_at)
         select i.user_name, i.address, i.failures, $4, $4
           from unnest($1::text[], $2::text[], $3::integer[]) as i (user_name, address, failures)
         on conflict (user_name_key, address) do update
            set failures = excluded.failures + case when l.window_started_at > $5 then l.failures else 0 end,
                window_started_at = case when l.window_started_at > $5 then l.window_started_at else $4 end,
                last_failed_at = $4
         returning ${columns}`,
        [...columnsOf(sorted), sorted.map((i) => i.failures), at, new Date(at.getTime() - windowMs)],
      );
      return rows.map(toFailedAttempts);
    },

    /** Locks pairs for every process. */
    async lock(pairs: readonly Pair[], until: Date): Promise<void> {
      await pool.query(
        `update lockout l set locked_until = $3
           from unnest($1::text[], $2::text[]) as p (user_name, address)
          where l.user_name_key = p.user_name and l.address = p.address`,
        [...columnsOf([...pairs].sort(byKey)), until],
      );
      await notifyAccess(pool, { kind: 'lockout' });
    },

    /** The pairs that are locked at `at`, at most `limit`, those locked longest first. */
    async locked(at: Date, limit: number): Promise<FailedAttempts[]> {
      const { rows } = await pool.query<LockoutRow>(
        `select ${columns} from lockout where locked_until > $1 order by locked_until desc limit $2`,
        [at, limit],
      );
      return rows.map(toFailedAttempts);
    },

    /** Forgets the failures of a pair; false when there were none. */
    async clear({ userName, address }: Pair): Promise<boolean> {
      const { rowCount } = await pool.query('delete from lockout where user_name_key = $1 and address = $2', [
        userName,
        address,
      ]);
      if (rowCount === 0) return false;
      await notifyAccess(pool, { kind: 'lockout' });
      return true;
    },

    /** Removes pairs that last failed before `before` and are not locked any more. */
    async purge(before: Date): Promise<number> {
      const { rowCount } = await pool.query(
        'delete from lockout where last_failed_at < $1 and (locked_until is null or locked_until < $1)',
        [before],
      );
      return rowCount ?? 0;
    },
  };
}

const columns = 'user_name_key, address, failures, window_started_at, locked_until';

type LockoutRow = {
  user_name_key: string;
  address: string;
  failures: number;
  window_started_at: Date;
  locked_until: Date | null;
};

/** One order everywhere, so that two processes cannot wait for each other. */
function byKey(a: Pair, b: Pair): number {
  const [left, right] = [`${a.userName}\n${a.address}`, `${b.userName}\n${b.address}`];
  return left < right ? -1 : Number(left > right);
}

function columnsOf(pairs: readonly Pair[]): [string[], string[]] {
  return [pairs.map((pair) => pair.userName), pairs.map((pair) => pair.address)];
}

function toFailedAttempts(row: LockoutRow): FailedAttempts {
  return {
    userName: row.user_name_key,
    address: row.address,
    failures: row.failures,
    windowStartedAt: row.window_started_at,
    lockedUntil: row.locked_until,
  };
}
