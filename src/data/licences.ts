/** @file What those who give a data set away allow; who publishes a network answers for it. */

const LICENCES: Readonly<Record<string, string>> = {
  cacd: 'CACD (Chen, Chen, Hsu 2014): for research only; the photographs belong to those who took them.',
  utkface:
    'UTKFace (Zhang, Song, Qi 2017): for non-commercial research only; the photographs belong to those who took them.',
  fgnet: 'FG-NET: for research only; the photographs belong to those who took them.',
  synthetic: 'Drawn faces of people who do not exist; no rights of others.',
};

/** Said where nobody knows. */
export const UNKNOWN_LICENCE =
  'Not known to this program: ask where the photographs come from, and keep to what their owners allow.';

/** What may be done with what was learnt from a source of faces. @param kind of the source, as dataset.json has it */
export const licenceOf = (kind: string): string =>
  LICENCES[/^[a-z]+/.exec(kind)?.[0] ?? ''] ?? UNKNOWN_LICENCE;
