module catseye.dev/e2e/scenario/runtime/service

go 1.26
