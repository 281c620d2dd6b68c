import { GatewayError } from '../../domain/problem.ts';

/** Why a package was refused. */
export type RefusalReason =
  | 'not_a_zip'
  | 'broken'
  | 'encrypted'
  | 'unsupported'
  | 'office_document'
  | 'no_files'
  | 'too_many_files'
  | 'folder'
  | 'bad_name'
  | 'doubled_name'
  | 'too_large'
  | 'bomb'
  | 'checksum';

/**
 * A package that cannot be taken, as a whole: code `package_refused`. The message says what, which member, why and what to do;
 * `at` is the member.
 */
export class PackageRefused extends GatewayError {
  readonly reason: RefusalReason;

  /** `what`: the package and its member, as far as it is known; `why` has no full stop. */
  constructor(reason: RefusalReason, what: { package: string; member?: string }, why: string, cause?: unknown) {
    const member = what.member === undefined ? undefined : shown(what.member);
    const subject = member === undefined ? shown(what.package) : `${member} in ${shown(what.package)}`;
    super('package_refused', `${subject}: ${why}. ${advice[reason]}`, {
      cause,
      ...(member === undefined ? {} : { at: member }),
    });
    this.reason = reason;
  }
}

const advice: Readonly<Record<RefusalReason, string>> = {
  not_a_zip: 'Send a zip, or the file itself under its own name.',
  broken: 'Make the zip again, or send it again: it may have been cut short, or transferred in text mode.',
  encrypted: 'Make the zip without a password; the way here is encrypted already.',
  unsupported: 'Make the zip in one part, of plain files, with the usual compression (Deflate).',
  office_document: 'Save the sheet as CSV, and send that.',
  no_files: 'Put the files into the zip.',
  too_many_files: 'Send fewer files in one package.',
  folder: 'Put all files at the top of the zip, without folders.',
  bad_name: 'Give the file a plain name of letters, digits, dots, dashes and underscores.',
  doubled_name: 'Give each file a name of its own; letter case does not tell names apart.',
  too_large: 'Send it in several packages.',
  bomb: 'Make the zip again with another program, of the files alone.',
  checksum: 'Make the zip again, and send it again: its bytes were changed on the way, or on the disk.',
};

const longestShown = 120;

/** A name for messages: in quotes, with what cannot be seen, or turns the text around, written as a number. */
export function shown(name: string): string {
  const cut = name.length > longestShown ? `${name.slice(0, longestShown)}…` : name;
  const visible = cut.replace(invisible, (one) => `\\u{${(one.codePointAt(0) ?? 0).toString(16)}}`);
  return `"${visible}"`;
}

/** Control and format characters, line separators and halves of surrogate pairs. */
export const invisible = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/gu;
