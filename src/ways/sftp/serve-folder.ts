import ssh2, { type Attributes, type SFTPWrapper } from 'ssh2';
import { GatewayError } from '../../domain/problem.ts';
import type { Log } from '../../log.ts';
import { entryOf, fileAttributes, folderAttributes } from './attributes.ts';
import type { Folder, Listed, OpenForWriting } from './folder.ts';
import { resolvePath } from './names.ts';

const { STATUS_CODE, OPEN_MODE } = ssh2.utils.sftp;

type Handle =
  | { readonly is: 'writing'; readonly name: string; readonly open: OpenForWriting }
  | { readonly is: 'reading'; readonly bytes: Buffer; readonly file: Listed }
  | { readonly is: 'listing'; readonly left: Listed[] };

const MOST_HANDLES = 16;
const LISTED_AT_ONCE = 100;
const LONGEST_READ = 64 * 1_024;

/** Serves one session of SFTP (protocol version 3). Resolves, when called, once what the session left open is kept. */
export function serveFolder(sftp: SFTPWrapper, folder: Folder, log: Pick<Log, 'info' | 'error'>): () => Promise<void> {
  const handles = new Map<number, Handle>();
  let lastHandle = 0;
  // Requests that change names are answered one after the other, as clients expect that send them without waiting.
  let turn: Promise<void> = Promise.resolve();

  const answer = (id: number, work: () => Promise<void>): void => {
    work().catch((error: unknown) => {
      const { code, message } = statusOf(error);
      if (!(error instanceof GatewayError || error instanceof Unsupported)) {
        log.error({ err: error }, 'a request of SFTP failed');
      } else log.info({ reason: message }, 'a request of SFTP was refused');
      sftp.status(id, code, message);
    });
  };
  const inTurn = (id: number, work: () => Promise<void>): void => {
    const before = turn;
    answer(id, async () => {
      const mine = before.then(work);
      turn = mine.catch(() => undefined);
      await mine;
    });
  };
  const done = (id: number): void => {
    sftp.status(id, STATUS_CODE.OK);
  };
  const keep = (handle: Handle): Buffer => {
    if (handles.size >= MOST_HANDLES) throw new GatewayError('busy', 'Too many files are open: close some.');
    lastHandle += 1;
    handles.set(lastHandle, handle);
    const bytes = Buffer.alloc(4);
    bytes.writeUInt32BE(lastHandle);
    return bytes;
  };
  const handleOf = (bytes: Buffer): Handle => {
    const handle = bytes.length === 4 ? handles.get(bytes.readUInt32BE()) : undefined;
    if (handle === undefined) throw new GatewayError('invalid_request', 'There is no such handle.');
    return handle;
  };
  const stat = async (id: number, path: string): Promise<void> => {
    const place = resolvePath(path);
    if (place?.is === 'folder') {
      sftp.attrs(id, folderAttributes());
      return;
    }
    const file = place === undefined ? undefined : await folder.find(place.name);
    if (file === undefined) throw new GatewayError('not_found', 'There is no such file.');
    sftp.attrs(id, fileAttributes(file));
  };

  sftp.on('REALPATH', (id, path) => {
    const place = resolvePath(path);
    const name = place?.is === 'file' ? `/${place.name}` : '/';
    if (place === undefined) sftp.status(id, STATUS_CODE.NO_SUCH_FILE);
    else sftp.name(id, [{ filename: name, longname: name, attrs: folderAttributes() }]);
  });
  for (const event of ['STAT', 'LSTAT'] as const) {
    sftp.on(event, (id: number, path: string) => {
      inTurn(id, () => stat(id, path));
    });
  }
  sftp.on('OPENDIR', (id, path) => {
    inTurn(id, async () => {
      if (resolvePath(path)?.is !== 'folder') throw new GatewayError('not_found', 'There is one folder, /.');
      sftp.handle(id, keep({ is: 'listing', left: await folder.list() }));
    });
  });
  sftp.on('READDIR', (id, handle) => {
    answer(id, () => {
      const listing = handleOf(handle);
      if (listing.is !== 'listing') throw new GatewayError('invalid_request', 'The handle is of no folder.');
      const some = listing.left.splice(0, LISTED_AT_ONCE);
      if (some.length === 0) sftp.status(id, STATUS_CODE.EOF);
      else sftp.name(id, some.map(entryOf));
      return Promise.resolve();
    });
  });
  sftp.on('OPEN', (id, path, flags) => {
    inTurn(id, async () => {
      sftp.handle(id, keep(await open(folder, fileName(path), flags)));
    });
  });
  sftp.on('READ', (id, handle, offset, length) => {
    answer(id, () => {
      const reading = handleOf(handle);
      if (reading.is !== 'reading') throw new GatewayError('forbidden', 'The handle is not for reading.');
      const bytes = reading.bytes.subarray(offset, offset + Math.min(length, LONGEST_READ));
      if (bytes.length === 0) sftp.status(id, STATUS_CODE.EOF);
      else sftp.data(id, bytes);
      return Promise.resolve();
    });
  });
  sftp.on('WRITE', (id, handle, offset, data) => {
    answer(id, async () => {
      const writing = handleOf(handle);
      if (writing.is !== 'writing') throw new GatewayError('forbidden', 'The handle is not for writing.');
      // The buffer is the connection's.
      await writing.open.writing.write(offset, Buffer.from(data));
      done(id);
    });
  });
  sftp.on('CLOSE', (id, handle) => {
    inTurn(id, async () => {
      const closing = handleOf(handle);
      handles.delete(handle.readUInt32BE());
      if (closing.is === 'writing') await closing.open.close();
      done(id);
    });
  });
  sftp.on('FSTAT', (id, handle) => {
    inTurn(id, async () => {
      const open = handleOf(handle);
      if (open.is === 'listing') sftp.attrs(id, folderAttributes());
      else if (open.is === 'reading') sftp.attrs(id, fileAttributes(open.file));
      else sftp.attrs(id, fileAttributes({ name: open.name, sizeBytes: open.open.writing.end, changedAt: new Date() }));
      await Promise.resolve();
    });
  });
  // Times and modes are ours; clients that set them need not fail for it.
  sftp.on('SETSTAT', (id, path, attributes: Partial<Attributes>) => {
    inTurn(id, async () => {
      if (attributes.size !== undefined) throw unsupported('The size of a file cannot be set.');
      if ((await folder.find(fileName(path))) === undefined)
        throw new GatewayError('not_found', 'There is no such file.');
      done(id);
    });
  });
  sftp.on('FSETSTAT', (id, handle, attributes: Partial<Attributes>) => {
    inTurn(id, async () => {
      const open = handleOf(handle);
      const fits = open.is === 'writing' && attributes.size === open.open.writing.end;
      if (attributes.size !== undefined && !fits) throw unsupported('The size of a file cannot be set.');
      done(id);
      await Promise.resolve();
    });
  });
  sftp.on('RENAME', (id, from, to) => {
    inTurn(id, async () => {
      await folder.rename(fileName(from), fileName(to));
      done(id);
    });
  });
  sftp.on('REMOVE', (id, path) => {
    inTurn(id, async () => {
      await folder.remove(fileName(path));
      done(id);
    });
  });
  for (const event of ['MKDIR', 'RMDIR', 'SYMLINK', 'READLINK'] as const) {
    sftp.on(event, (id: number) => {
      sftp.status(id, STATUS_CODE.PERMISSION_DENIED, 'There is one folder, and nothing but files in it.');
    });
  }

  return async () => {
    const gone = new Error('the client closed the connection');
    const open = [...handles.values()].flatMap((handle) => (handle.is === 'writing' ? [handle.open.writing] : []));
    handles.clear();
    await Promise.allSettled(open.map((writing) => writing.abort(gone)));
    await turn;
  };
}

async function open(folder: Folder, name: string, flags: number): Promise<Handle> {
  const has = (flag: number): boolean => (flags & flag) !== 0;
  if (!has(OPEN_MODE.WRITE) && !has(OPEN_MODE.APPEND)) {
    const file = await folder.find(name);
    if (file === undefined) throw new GatewayError('not_found', 'There is no such file.');
    const bytes = await folder.readReceipt(name);
    // It says more than a moment ago when its run has gone on.
    return { is: 'reading', bytes, file: { ...file, sizeBytes: bytes.length } };
  }
  const there = await folder.find(name);
  if (there === undefined && !has(OPEN_MODE.CREAT)) throw new GatewayError('not_found', 'There is no such file.');
  const how = has(OPEN_MODE.EXCL) ? 'only' : has(OPEN_MODE.TRUNC) ? 'anew' : 'on';
  return { is: 'writing', name, open: await folder.open(name, how) };
}

function fileName(path: string): string {
  const place = resolvePath(path);
  if (place?.is === 'file') return place.name;
  throw new GatewayError('not_found', 'There is one folder, /, and nothing but files in it.');
}

class Unsupported extends Error {}

function unsupported(message: string): Unsupported {
  return new Unsupported(message);
}

function statusOf(error: unknown): { code: number; message: string } {
  if (error instanceof Unsupported) return { code: STATUS_CODE.OP_UNSUPPORTED, message: error.message };
  if (!(error instanceof GatewayError)) return { code: STATUS_CODE.FAILURE, message: 'The gateway made a mistake.' };
  const { code, message } = error;
  if (code === 'not_found') return { code: STATUS_CODE.NO_SUCH_FILE, message };
  if (code === 'forbidden') return { code: STATUS_CODE.PERMISSION_DENIED, message };
  return { code: STATUS_CODE.FAILURE, message };
}
