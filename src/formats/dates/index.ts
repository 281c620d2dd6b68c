export { parseInstant, type InstantHabits } from './parse-instant.ts';
export { instantOfWallTime, wallTimeOf } from './wall-time.ts';
