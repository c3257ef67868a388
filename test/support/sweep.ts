/** @file Sweeps for the tests: a definition from its few parts, and a trainer that is a shell script. */

import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { checkSweep } from '../../src/config/sweep-file';
import type { SweepDefinition } from '../../src/config/sweep-file';
import type { TrainerProgram } from '../../src/sweep/execute-run';

/** A checked definition; the metric is `g_loss`, less is better. */
export const definitionOf = (parts: object): SweepDefinition =>
  checkSweep('x.yaml', { metric: { name: 'g_loss', goal: 'minimize' }, ...parts });

/**
 * Trains nothing: loss is the learning rate over the steps. LEARNING_RATE 0.5 crashes, 0.6 diverges, 0.7 is killed, 0.8 trains until it is told
 * to stop where there is a file `endless` beside the script. Says how often it was started. Where there is a file `told` beside the script
 * somebody else asks it to end: the training of 0.3, which exits with 143, and the evaluation of 0.4.
 */
const SCRIPT = `
for word in "$@"; do case "$word" in
  --checkpoint_dir=*) dir="\${word#*=}";; --out=*) out="\${word#*=}";; --step=*) step="\${word#*=}";;
  --max_steps=*) steps="\${word#*=}";; --learning_rate=*) rate="\${word#*=}";;
esac; done
mkdir -p "$dir"; [ -n "$rate" ] && echo "$rate" > "$dir/config.json"
rate=$(cat "$dir/config.json"); told="$(dirname "$0")/told"
if [ "$1" = evaluate ]; then
  if [ "$rate" = 0.4 ] && [ -e "$told" ]; then touch "$dir/told"; kill $$; fi
  mkdir -p "$out"; echo "{\\"step\\":$step,\\"figures\\":{}}" > "$out/evaluation.json"; echo page > "$out/report.html"; exit 0
fi
echo started >> "$dir/starts"
case "$rate" in
  0.3) [ -e "$told" ] && exit 143;;
  0.5) echo "before the end"; echo "ipcgan train: no space left" >&2; exit 3;;
  0.6) echo "ipcgan train: step 2: expected finite losses, got NaN" >&2; exit 4;;
  0.7) kill -9 $$;;
  0.8) if [ -e "$(dirname "$0")/endless" ]; then trap 'exit 143' TERM; while :; do sleep 0.05; done; fi;;
esac
echo "{\\"step\\":$steps,\\"g_loss\\":$rate,\\"tv_loss\\":null}" >> "$dir/metrics.jsonl"
mkdir -p "$dir/acgan.model-$steps"; touch "$dir/acgan.model-$steps/state.json" "$dir/acgan.model-$steps/optimizers.bin"
`;

/** Writes the script. */
export function stubTrainer(folder: string): TrainerProgram {
  const file = path.join(folder, 'trainer.sh');
  writeFileSync(file, SCRIPT);
  return { program: '/bin/sh', args: [file] };
}
