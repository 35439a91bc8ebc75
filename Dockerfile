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
COPY docker/worker-health.mjs ./docker/
# All of the above belongs to root: the process cannot change its own code. It writes no file.
USER node
# Temporal is asked whether this container's worker polls; the file says just what is checked.
HEALTHCHECK --interval=30s --timeout=15s --start-period=60s --start-interval=5s --retries=3 \
  CMD ["node", "docker/worker-health.mjs"]
# No shell and no npm in between: SIGTERM reaches the worker, which finishes what it does and ends.
CMD ["node", "--enable-source-maps", "dist/worker.js"]
