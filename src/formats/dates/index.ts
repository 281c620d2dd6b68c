export { parseInstant, type InstantHabits } from './parse-instant.ts';
