export * from './check-list.ts';
export * from './compile.ts';
export * from './dry-run.ts';
export * from './plugin.ts';
export * from './points.ts';
export * from './registry.ts';
export * from './run-handlers.ts';
export * from './wish.ts';
