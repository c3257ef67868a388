/** @file `report.html`: an evaluation as one page that holds everything it shows, to be read by a reviewer. */

import { escapeHtml } from '../../pages/charts';
import type { GeneratorScores } from '../evaluate-generator';
import { FRECHET_REPLICATES } from '../../statistics/frechet';
import { PART_NAMES } from '../benchmark';
import type { Benchmark } from '../benchmark';
import { chartSection } from './chart-section';
import { gallery } from './gallery';
import type { EvaluationRecord } from './record';
import { STYLE } from './style';
import { calibrationTable, cells, judgeTable, realAgeTable, scoreTable } from './tables';
import { verdict } from './verdict';

/** Its name in a report's directory. */
export const PAGE_FILE = 'report.html';

const listing = (title: string, values: Readonly<Record<string, unknown>>): string =>
  `<h3>${title}</h3><table class="left">${Object.entries(values)
    .map(([name, value]) =>
      cells([
        escapeHtml(name),
        `<code>${escapeHtml(typeof value === 'string' ? value : JSON.stringify(value))}</code>`,
      ]),
    )
    .join('')}</table>`;

/** The whole page. */
export async function evaluationPage(
  record: EvaluationRecord,
  benchmark: Benchmark,
  outcome: GeneratorScores,
): Promise<string> {
  const { test, checkpoint, part } = record;
  const name = PART_NAMES[part];
  const intro = `${test.faces} ${name} faces of ${test.people} people at ${record.groups.length} ages, held against ${test.real_photographs} real photographs${test.without_face.length > 0 ? `; ${test.without_face.length} more ${name} faces in which the detector finds no face are left out` : ''}. Brackets hold 95 % intervals, by drawing people again${part === 'valid' ? '. These faces are there to choose by: report figures of test faces' : ''}.`;
  const notes = `Verified: input and picture count as one person; no face counts as not verified; the interval holds what another calibration of the threshold would have changed, too. Age error: from the mean estimate of the group's real photographs; no face counts as far as the farthest group. Own photographs: the person's other ones in the data, of the target group. Random real: somebody else's photograph of the target group. Mean face: the group's, pixel by pixel. Descriptor Fréchet: the formula of FID in the space of a judge's descriptors, not FID, and larger for fewer pictures: compare with the row of random real photographs. Its interval is the spread of ${FRECHET_REPLICATES} drawings, put around it. Where all people agree (0 or 100 %), drawing again shows no spread: among so many people as here up to 3 in ${test.people} may yet differ (rule of three).`;
  const sections = [
    `<h1>${escapeHtml(checkpoint)}</h1><p>${escapeHtml(intro)}</p><p class="verdict">${verdict(record).map(escapeHtml).join('<br>')}</p>`,
    scoreTable(
      record,
      record.rows.filter(({ group }) => group === null),
    ),
    `<p><small style="white-space:normal">${escapeHtml(notes)}</small></p>`,
    `<h2>By age group</h2>${chartSection(record, benchmark, outcome)}`,
    scoreTable(
      record,
      record.rows.filter(({ group }) => group !== null),
    ),
    `<h2>Judges</h2>${judgeTable(record)}${record.judges.map(calibrationTable).join('')}${record.judges.map((judge) => realAgeTable(record, judge)).join('')}`,
    await gallery(record, benchmark, outcome),
    `<h2>How this was made</h2><p><code>ipcgan ${escapeHtml(record.command.join(' '))}</code></p>`,
    listing('Data', {
      data: record.data.directory,
      content_hash: record.data.content_hash,
      ...(record.reference ? { reference: record.reference.directory } : {}),
    }),
    listing('Settings', record.settings),
    listing('Environment', record.environment),
  ];
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Evaluation of ${escapeHtml(checkpoint)}</title><style>${STYLE}</style></head><body>${sections.join('\n')}</body></html>\n`;
}
