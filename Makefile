# shmctl: make demo, make test; make help lists the rest.

GO      ?= go
PREFIX  ?= /usr/local
BINDIR  ?= $(PREFIX)/bin
DATADIR ?= $(PREFIX)/share

# Static, without cgo: the net package would link libc and its threads. The entry is
# that of internal/stdfd, which sees closed descriptors before the Go runtime does.
export CGO_ENABLED ?= 0
BUILD = $(GO) build -trimpath -ldflags '-s -w -E _shmctl_entry'

.PHONY: all build demo test race fuzz bench lint cross manual install uninstall package clean help

all: build

build: ## build ./shmctl
	$(BUILD) -o shmctl ./cmd/shmctl

demo: build ## show a writer and a reader on both APIs
	@sh tools/demo.sh ./shmctl

test: ## run the tests
	$(GO) test ./...

race: ## run the tests with the race detector (needs a C compiler)
	CGO_ENABLED=1 GORACE=atexit_sleep_ms=0 $(GO) test -race ./...

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

manual: ## write docs/man anew from the commands and docs/man/shmctl.1.in
	UPDATE_MANUAL=1 $(GO) test -count=1 -run '^TestManual$$' ./cmd/shmctl

# What is installed, and where the rest of it is made. After 'make build' installing
# needs no Go, which sudo often does not find.
SHMCTL ?= shmctl
OUT    ?= build
MAN     = $(wildcard docs/man/*.1)
SCHEMA  = $(wildcard docs/*.schema.json)
SHELLS  = $(addprefix $(OUT)/completion.,bash zsh fish)

shmctl: $(shell find cmd internal -name '*.go' ! -name '*_test.go' -o -name '*.s') go.mod go.sum
	$(BUILD) -o shmctl ./cmd/shmctl

# A build for another machine does not run on this one; the scripts are the same.
$(SHELLS): $(OUT)/completion.%: $(SHMCTL)
	@mkdir -p $(OUT)
	@$(abspath $(SHMCTL)) completion $* >$@.new 2>/dev/null || GOOS= GOARCH= $(GO) run ./cmd/shmctl completion $* >$@.new
	@mv $@.new $@

ZSHDIR ?= $(DATADIR)/zsh/site-functions
TO      = $(DESTDIR)$(BINDIR)/shmctl
TO_MAN  = $(DESTDIR)$(DATADIR)/man/man1
TO_DOC  = $(DESTDIR)$(DATADIR)/doc/shmctl
TO_BASH = $(DESTDIR)$(DATADIR)/bash-completion/completions/shmctl
TO_ZSH  = $(DESTDIR)$(ZSHDIR)/_shmctl
TO_FISH = $(DESTDIR)$(DATADIR)/fish/vendor_completions.d/shmctl.fish

install: $(SHMCTL) $(SHELLS) ## install program, manual and completions under PREFIX (and DESTDIR)
	install -D -m 755 $(SHMCTL) $(TO)
	install -d $(TO_MAN) $(TO_DOC)
	install -m 644 $(MAN) $(TO_MAN)
	install -m 644 $(SCHEMA) $(TO_DOC)
	install -D -m 644 $(OUT)/completion.bash $(TO_BASH)
	install -D -m 644 $(OUT)/completion.zsh $(TO_ZSH)
	install -D -m 644 $(OUT)/completion.fish $(TO_FISH)

uninstall: ## remove what install put there
	rm -f $(TO) $(addprefix $(TO_MAN)/,$(notdir $(MAN))) $(TO_BASH) $(TO_ZSH) $(TO_FISH)
	rm -f $(addprefix $(TO_DOC)/,$(notdir $(SCHEMA)))
	rmdir $(TO_DOC) 2>/dev/null || true

package: build ## make a .deb in build/, for GOARCH
	sh tools/deb.sh $(SHMCTL) $(OUT)

clean: ## remove what was built
	rm -rf shmctl $(OUT)

help: ## show this list
	@sed -n 's/^\([a-z]*\):.*## /\1	/p' Makefile
