# check=error=true
# The worker, and by another command the sandbox and the set-up of search attributes. Debian: Temporal's native part
# is linked against glibc.
ARG NODE_IMAGE=node:24.21.0-bookworm-slim

FROM ${NODE_IMAGE} AS dependencies
WORKDIR /app
COPY package.json package-lock.json ./
# No package that runs here needs an install script.
RUN --mount=type=cache,target=/root/.npm npm ci --omit=dev --ignore-scripts --no-audit --no-fund

FROM ${NODE_IMAGE} AS build
WORKDIR /app
COPY package.json package-lock.json ./
RUN --mount=type=cache,target=/root/.npm npm ci --ignore-scripts --no-audit --no-fund
COPY tsconfig.json tsconfig.build.json ./
COPY tools ./tools
COPY src ./src
RUN node tools/prepare.mjs build --force

FROM ${NODE_IMAGE}
ENV NODE_ENV=production
WORKDIR /app
COPY --from=dependencies /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
COPY package.json ./
# All of the above belongs to root: the process cannot change its own code. It writes no file.
USER node
ENV WORKER_HTTP_ADDRESS=0.0.0.0:9464
# /readyz and not /healthz: nothing restarts a container for its health, but `docker compose up --wait` ends by it, and
# should end with workers that take tasks.
HEALTHCHECK --interval=30s --timeout=15s --start-period=60s --start-interval=5s --retries=3 \
  CMD ["node", "-e", "fetch('http://127.0.0.1:' + process.env.WORKER_HTTP_ADDRESS.split(':').at(-1) + '/readyz').then(({ ok }) => process.exit(ok ? 0 : 1), () => process.exit(1))"]
# No shell and no npm in between: SIGTERM reaches the worker, which finishes what it does and ends.
CMD ["node", "dist/worker.js"]
