# shmctl: make demo, make test; make help lists the rest.

GO      ?= go
PREFIX  ?= /usr/local
BINDIR  ?= $(PREFIX)/bin

# Static, without cgo: the net package would link libc and its threads. The entry is
# that of internal/stdfd, which sees closed descriptors before the Go runtime does.
export CGO_ENABLED ?= 0
BUILD = $(GO) build -trimpath -ldflags '-s -w -E _shmctl_entry'

.PHONY: all build demo test race fuzz bench lint cross install uninstall clean help

all: build

build: ## build ./shmctl
	$(BUILD) -o shmctl ./cmd/shmctl

demo: build ## show a writer and a reader on both APIs
	@sh tools/demo.sh ./shmctl

test: ## run the tests
	$(GO) test ./...

race: ## run the tests with the race detector (needs a C compiler)
	CGO_ENABLED=1 $(GO) test -race ./...

FUZZTIME ?= 5s
fuzz: ## run every fuzz target for FUZZTIME
	@set -e; for pkg in $$($(GO) list ./...); do \
		for target in $$($(GO) test -list '^Fuzz' $$pkg | grep '^Fuzz' || true); do \
			echo "$$pkg $$target"; \
			$(GO) test -run '^$$' -fuzz "^$$target$$" -fuzztime $(FUZZTIME) $$pkg; \
		done; \
	done

bench: build ## measure shmctl beside its peers (needs hyperfine and util-linux)
	@sh tools/bench.sh ./shmctl

STATICCHECK ?= honnef.co/go/tools/cmd/staticcheck@v0.8.2
lint: ## gofmt, vet, staticcheck, go mod tidy
	@test -z "$$(gofmt -l cmd internal)" || { gofmt -d cmd internal; exit 1; }
	$(GO) vet ./...
	$(GO) run $(STATICCHECK) ./...
	$(GO) mod tidy -diff

ARCHS = amd64 arm64 386 riscv64
cross: ## build for every architecture
	@set -e; for arch in $(ARCHS); do echo "linux/$$arch"; GOARCH=$$arch $(GO) build -o /dev/null ./cmd/shmctl; GOARCH=$$arch $(GO) vet ./...; done

install: build ## install under PREFIX (and DESTDIR)
	install -D -m 755 shmctl $(DESTDIR)$(BINDIR)/shmctl

uninstall: ## remove what install put there
	rm -f $(DESTDIR)$(BINDIR)/shmctl

clean: ## remove what was built
	rm -f shmctl

help: ## show this list
	@sed -n 's/^\([a-z]*\):.*## /\1	/p' Makefile
