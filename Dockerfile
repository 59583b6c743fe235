# One image for every process of CLYNC. The command chooses the process:
#   node dist/bff-mobile/index.js    node dist/domain/social/worker.js    (in /app/dist) node platform/migrate.js deploy
# Without a command it says what is missing and ends with exit code 1.
ARG NODE_IMAGE=node:24-bookworm-slim

# Everything that building needs. As a target of its own it also runs what is for development (see k8s/overlays/local).
FROM ${NODE_IMAGE} AS build
WORKDIR /build
COPY package.json package-lock.json ./
RUN npm ci --no-audit --no-fund
COPY . .
RUN npm run build

# What production needs. Optional packages are left out, because they would bring the Prisma command line and more;
# the native parts of sharp and argon2 are optional by name alone, so they come from the stage above.
FROM ${NODE_IMAGE} AS dependencies
WORKDIR /app
COPY package.json package-lock.json ./
RUN npm ci --omit=dev --omit=optional --ignore-scripts --no-audit --no-fund
COPY --from=build /build/node_modules/@img node_modules/@img
COPY --from=build /build/node_modules/@node-rs node_modules/@node-rs

FROM ${NODE_IMAGE}
ENV NODE_ENV=production NODE_OPTIONS=--enable-source-maps
WORKDIR /app
COPY --from=dependencies /app/node_modules node_modules
COPY --from=build /build/dist dist
USER 1000:1000
CMD ["node", "dist/platform/start.js"]
