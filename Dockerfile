# A static program on an empty image: no shell, no package manager, no user but its own.
#   docker build -t catseye .
FROM rust:1.95-alpine AS build
# A C compiler for the parts of ring and SQLite that are C.
RUN apk add --no-cache build-base ca-certificates
WORKDIR /src
COPY . .
RUN cargo build --release --locked --package catseye-cli --bin catseye

FROM scratch
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
COPY --from=build /src/target/release/catseye /catseye
USER 65532:65532
ENTRYPOINT ["/catseye"]
