#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Builds docker/Dockerfile and tries the image: ./dev image. Needs a running engine (with-engine) and, where it has no
# debian:bookworm-slim and can reach no registry, build/bookworm.tar.
set -euo pipefail
cd "$(dirname "$0")/../.."

export DOCKER_BUILDKIT=1
if ! docker image inspect debian:bookworm-slim >/dev/null 2>&1 && [ -s build/bookworm.tar ]; then
	docker import -c 'CMD ["bash"]' build/bookworm.tar debian:bookworm-slim >/dev/null
fi
for target in golos-watch devnet; do
	tag=$([ $target = devnet ] && echo golos-watch-devnet || echo golos-watch)
	docker build --network host --quiet -f docker/Dockerfile --target $target -t "$tag" . >/dev/null
done
base=$(docker image inspect -f '{{.Size}}' debian:bookworm-slim)
size=$(docker image inspect -f '{{.Size}}' golos-watch)
echo "image: $((size / 1000000)) MB, of which the base $((base / 1000000)) MB"
# Under 130 MB is wanted; bookworm-slim itself has 75 of them, a base made by mmdebstrap some more.
[ $((size - base)) -lt 50000000 ] || { echo "Golos Watch adds more than 50 MB" >&2; exit 1; }
exec tests/container/test_image.sh
