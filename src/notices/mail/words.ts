import type { MailLanguage, NoticeCounter } from '../../domain/notices.ts';

/** What e-mails say. The names of the counters, and `IPSIS Batch`, are IPSIS's, so that rules of mailboxes go on finding them. */
export interface MailWords {
  readonly locale: string;
  readonly subjects: {
    readonly error: string;
    readonly success: string;
    readonly cancelled: string;
    readonly held: string;
    readonly silent: string;
    readonly speaks: string;
    readonly untold: string;
    readonly test: string;
  };
  readonly labels: {
    readonly batch: string;
    readonly source: string;
    readonly file: string;
    readonly takesBack: string;
    readonly start: string;
    readonly end: string;
    readonly reason: string;
    readonly details: string;
    readonly commandLine: string;
  };
  readonly summary: string;
  readonly processed: string;
  readonly notProcessed: string;
  readonly counters: Readonly<Record<NoticeCounter, string>>;
  readonly onlyChecked: string;
  readonly onlyPlanned: string;
  problems(errors: number, warnings: number): string;
  waiting(count: number): string;
  overtaken(count: number): string;
  readonly held: string;
  hold(number: number | null, items: number, kind: string, guard: string, until: string | undefined): string;
  silent(since: string, lastHeard: string | undefined, allowed: string): string;
  speaks(since: string, lastHeard: string | undefined): string;
  untold(transactionId: string): string;
  duration(minutes: number): string;
  readonly test: string;
  footer(organization: string): string;
}

const en: MailWords = {
  locale: 'en-GB',
  subjects: {
    error: '[ERROR] IPSIS Batch: Error with Completed Batch',
    success: 'IPSIS Batch: Successfully Completed Batch',
    cancelled: 'IPSIS Batch: Cancelled Batch',
    held: 'Passerelle: Held until somebody decides',
    silent: '[ERROR] Passerelle: Nothing arrives any more',
    speaks: 'Passerelle: It speaks again',
    untold: '[ERROR] Passerelle: The SIS could not be told of the end of a bulk data exchange',
    test: 'Passerelle: Test notification',
  },
  labels: {
    batch: 'Batch ID',
    source: 'Source System',
    file: 'File',
    takesBack: 'Takes back',
    start: 'Start',
    end: 'End',
    reason: 'Reason',
    details: 'Details',
    commandLine: 'On the command line',
  },
  summary: 'Batch Summary',
  processed: 'The following were processed:',
  notProcessed: 'The following could not be processed:',
  counters: {
    orgUnits: 'Org Unit(s)',
    courseTemplates: 'Course Template(s)',
    courseSections: 'Course Section(s)',
    users: 'User(s)',
    enrollments: 'Enrollment(s)',
  },
  onlyChecked: 'Nothing was written: the files were to be checked only (validate).',
  onlyPlanned: 'Nothing was written: only a plan was to be made (plan).',
  problems: (errors, warnings) => `Problems: ${String(errors)} error(s), ${String(warnings)} warning(s)`,
  waiting: (count) => `Waiting for something that has not arrived: ${String(count)}`,
  overtaken: (count) => `Left alone, because somebody else has changed it since: ${String(count)}`,
  held: 'Held until somebody decides:',
  hold: (number, items, kind, guard, until) =>
    `${number === null ? '' : `Hold ${String(number)}: `}${String(items)} ${kind} (${guard})${until === undefined ? '' : `, until ${until}`}`,
  silent: (since, lastHeard, allowed) =>
    `Since ${since} the source system has been silent for longer than its calendar allows (${allowed}). ${
      lastHeard === undefined
        ? 'No message and no file of it is known.'
        : `The last message or file arrived at ${lastHeard}.`
    }`,
  speaks: (since, lastHeard) =>
    `The source system was silent since ${since}.${lastHeard === undefined ? '' : ` A message or file arrived at ${lastHeard}.`}`,
  untold: (transactionId) =>
    `The bulk data exchange ${transactionId} has ended, and its SIS was not told what became of it: that was given up. Whoever runs the SIS may wait for it.`,
  duration: (minutes) => (minutes % 60 === 0 ? `${String(minutes / 60)} h` : `${String(minutes)} min`),
  test: 'This is a test. Whoever reads it would be told of what the subscription names.',
  footer: (organization) => `Sent by Passerelle for ${organization}.`,
};

const fr: MailWords = {
  locale: 'fr-FR',
  subjects: {
    error: '[ERREUR] IPSIS Batch: Lot terminé avec des erreurs',
    success: 'IPSIS Batch: Lot terminé avec succès',
    cancelled: 'IPSIS Batch: Lot annulé',
    held: 'Passerelle : retenu dans l’attente d’une décision',
    silent: '[ERREUR] Passerelle : plus rien n’arrive',
    speaks: 'Passerelle : les envois ont repris',
    untold: '[ERREUR] Passerelle : la fin d’un échange de données en masse n’a pas pu être signalée au SIS',
    test: 'Passerelle : notification d’essai',
  },
  labels: {
    batch: 'Identifiant du lot',
    source: 'Système source',
    file: 'Fichier',
    takesBack: 'Annule les effets de',
    start: 'Début',
    end: 'Fin',
    reason: 'Motif',
    details: 'Détails',
    commandLine: 'En ligne de commande',
  },
  summary: 'Résumé du lot',
  processed: 'Ont été traités :',
  notProcessed: 'N’ont pas pu être traités :',
  counters: {
    orgUnits: 'Unité(s) organisationnelle(s)',
    courseTemplates: 'Modèle(s) de cours',
    courseSections: 'Section(s) de cours',
    users: 'Utilisateur(s)',
    enrollments: 'Inscription(s)',
  },
  onlyChecked: 'Rien n’a été écrit : les fichiers devaient seulement être vérifiés (validate).',
  onlyPlanned: 'Rien n’a été écrit : seul un plan devait être établi (plan).',
  problems: (errors, warnings) => `Problèmes : ${String(errors)} erreur(s), ${String(warnings)} avertissement(s)`,
  waiting: (count) => `En attente de ce qui n’est pas encore arrivé : ${String(count)}`,
  overtaken: (count) => `Laissés tels quels, car modifiés entre-temps par d’autres : ${String(count)}`,
  held: 'Retenus dans l’attente d’une décision :',
  hold: (number, items, kind, guard, until) =>
    `${number === null ? '' : `Retenue ${String(number)} : `}${String(items)} ${kind} (${guard})${until === undefined ? '' : `, jusqu’au ${until}`}`,
  silent: (since, lastHeard, allowed) =>
    `Depuis le ${since}, le système source se tait depuis plus longtemps que son calendrier ne le permet (${allowed}). ${
      lastHeard === undefined
        ? 'On ne connaît de lui ni message ni fichier.'
        : `Le dernier message ou fichier est arrivé le ${lastHeard}.`
    }`,
  speaks: (since, lastHeard) =>
    `Le système source se taisait depuis le ${since}.${lastHeard === undefined ? '' : ` Un message ou un fichier est arrivé le ${lastHeard}.`}`,
  untold: (transactionId) =>
    `L’échange de données en masse ${transactionId} est terminé, et son issue n’a pas pu être signalée au SIS : on y a renoncé. Qui s’occupe du SIS l’attend peut-être.`,
  duration: (minutes) => (minutes % 60 === 0 ? `${String(minutes / 60)} h` : `${String(minutes)} min`),
  test: 'Ceci est un essai. Qui le lit serait prévenu de ce que l’abonnement désigne.',
  footer: (organization) => `Envoyé par Passerelle pour ${organization}.`,
};

export const mailWords: Readonly<Record<MailLanguage, MailWords>> = { en, fr };
