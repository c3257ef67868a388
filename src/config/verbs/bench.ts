/** @file Settings of `bench`. */

import { integerKey, optionalTextKey, switchKey } from '../key';
import { OPTIMISATION, DATA, OUTPUT, RUN, device, json } from './common';
import { trainKeys } from './train';
import { pretrainKeys } from './pretrain';

export const benchKeys = {
  data: optionalTextKey({
    group: DATA,
    description: 'Prepared data set (`bench data`, `bench evaluate`).',
  }),
  batch_size: integerKey(8, {
    group: OPTIMISATION,
    from: 1,
    alias: ['batch'],
    description: 'Pictures a step.',
  }),
  image_size: trainKeys.image_size,
  width: trainKeys.width,
  head_width: pretrainKeys.head_width,
  optimizer: pretrainKeys.optimizer,
  batch_norm: pretrainKeys.batch_norm,
  micro_batch: trainKeys.micro_batch,
  steps: integerKey(6, {
    group: OPTIMISATION,
    from: 1,
    description: 'Steps to time, after the first, which warms up.',
  }),
  profile: switchKey({
    group: OUTPUT,
    description: 'Print every kernel of a step with its time (`bench step`), on stderr.',
  }),
  torch_python: optionalTextKey({
    group: RUN,
    description:
      'Python that has PyTorch: measures ours and its in turn, on the CPU, and prints the ratio (`bench step`, `bench generate`, `bench pretrain`).',
  }),
  rounds: integerKey(5, {
    group: RUN,
    from: 1,
    description: 'How often both are measured (`--torch_python`).',
  }),
  json,
  device,
};
