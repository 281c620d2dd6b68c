import { Readable } from 'node:stream';
import { ZipFile } from 'yazl';

export interface ZipMember {
  readonly name: string;
  /** Called when its turn comes: one member is open at a time. */
  readonly open: () => Readable;
}

/**
 * A flat zip of members, as it is made (zip64 where it has to be). The same members with the same instant are the same bytes.
 * An error of a member ends the stream with it.
 */
export function writeZip(members: readonly ZipMember[], modifiedAt: Date): Readable {
  const zip = new ZipFile();
  const output = Readable.from(zip.outputStream);
  zip.on('error', (error: Error) => {
    output.destroy(error);
  });
  for (const { name, open } of members) {
    zip.addReadStreamLazy(name, { mtime: asLocal(modifiedAt), mode: 0o100644, forceDosTimestamp: true }, (give) => {
      give(null, open());
    });
  }
  zip.end();
  return output;
}

/** Zips hold local times, and these bytes must not depend on where they are made: the clock there shows what UTC is. */
function asLocal(instant: Date): Date {
  const [year, month, day] = [instant.getUTCFullYear(), instant.getUTCMonth(), instant.getUTCDate()];
  return new Date(year, month, day, instant.getUTCHours(), instant.getUTCMinutes(), instant.getUTCSeconds());
}
