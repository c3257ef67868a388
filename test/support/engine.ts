/** @file Run by jest before each test file: the engine opens when the first test uses it. */

import { loadEngine } from '../../src/engine/open-engine';
import { openOnFirstUse } from '../../src/engine/tf';

openOnFirstUse(() => void loadEngine());
