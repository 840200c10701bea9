package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/rebilly/terraform-provider-rebilly/internal/rebillytest"
)

const (
	// pageLimit is the largest number of exports in one page of the API.
	pageLimit = 1000
	// listLimit is the largest number of exports that the API lists.
	listLimit = 2000
)

// contender is a way to read exports.
type contender struct {
	name string
	// provider is the source address of the provider, or "" if the contender
	// runs without Terraform.
	provider string
	// folder has the program "real" and its wrapper.
	folder string
	peer   bool
	// configuration returns a configuration that reads count exports from the
	// API at address.
	configuration func(address string, count int) string
	// query is the text of a query file if "terraform query" reads the exports, or ""
	// if "terraform apply" does.
	query string
	// maxExports is the largest number of exports it can read, or zero for no
	// limit.
	maxExports int
	// skipReason says why it cannot be measured, or is "" if it can.
	skipReason string
}

func (c *contender) binary() string { return filepath.Join(c.folder, "real") }

// record returns the contender's description in a record.
func (c *contender) record() contenderRecord {
	described := contenderRecord{Name: c.name, Peer: c.peer, NotMeasured: c.skipReason}
	// Other contenders have the same program as ours.
	if program, err := os.Stat(c.binary()); err == nil && c.name != list && c.name != query {
		described.Size = program.Size()
	}

	return described
}

// wrapper returns the path of the program that runs binary and records its usage.
func (c *contender) wrapper() string {
	if c.provider == "" {
		return filepath.Join(c.folder, "wrapper")
	}

	return filepath.Join(c.folder, "terraform-provider-"+filepath.Base(c.provider))
}

const (
	ours  = "this provider"
	list  = "this provider, one list"
	query = "this provider, one query"
	floor = "floor"
	bare  = "net/http alone"
)

// newContenders builds or installs all contenders. cli is the name and version of
// the CLI.
func newContenders(ctx context.Context, o options, cli string) ([]*contender, error) {
	contenders := []*contender{
		{name: floor, provider: "rebilly/rebilly", folder: filepath.Join(o.work, "floor"), configuration: readEach},
		{name: ours, provider: "rebilly/rebilly", folder: filepath.Join(o.work, "rebilly"), configuration: readEach},
		{name: list, provider: "rebilly/rebilly", folder: filepath.Join(o.work, "rebilly"), configuration: readList, maxExports: listLimit},
		{
			name: query, provider: "rebilly/rebilly", folder: filepath.Join(o.work, "rebilly"), configuration: organizationProvider, maxExports: listLimit,
			query: listQuery, skipReason: queryMissing(cli),
		},
		{name: bare, folder: filepath.Join(o.work, "bare")},
	}
	for folder, source := range map[string]struct{ folder, pkg string }{
		"floor":   {o.root, "./bench/floor"},
		"rebilly": {o.root, "."},
		"bare":    {benchFolder(o), "./bare"},
	} {
		if err := build(ctx, source.folder, source.pkg, filepath.Join(o.work, folder, "real")); err != nil {
			return nil, err
		}
	}
	peers, err := newPeers(ctx, o)
	if err != nil {
		return nil, err
	}
	contenders = append(contenders, peers...)
	for _, c := range contenders {
		if c.skipReason != "" {
			continue
		}
		if err := buildWrapper(ctx, o, c.wrapper()); err != nil {
			return nil, err
		}
	}

	return contenders, nil
}

func wrapCLI(ctx context.Context, o options) error {
	if err := linkProgram(os.Getenv("TF_ACC_TERRAFORM_PATH"), cliFolder(o)); err != nil {
		return err
	}

	return buildWrapper(ctx, o, filepath.Join(cliFolder(o), "wrapper"))
}

// linkProgram links a program into a folder, as "real".
func linkProgram(program, folder string) error {
	program, err := filepath.Abs(program)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return err
	}

	return os.Symlink(program, filepath.Join(folder, "real"))
}

// benchFolder returns the folder of this program's module.
func benchFolder(o options) string { return filepath.Join(o.root, "tools/bench") }

// buildWrapper builds the wrapper of the program "real" in target's folder.
func buildWrapper(ctx context.Context, o options, target string) error {
	return build(ctx, benchFolder(o), "./wrapper", target)
}

// build builds a program with the flags of a release.
func build(ctx context.Context, folder, pkg, target string) error {
	command := exec.CommandContext(ctx, "go", "build", "-trimpath", "-tags=grpcnotrace", "-ldflags=-s -w", "-o", target, pkg)
	command.Dir = folder
	command.Env = append(os.Environ(), "CGO_ENABLED=0")
	if output, err := command.CombinedOutput(); err != nil {
		return fmt.Errorf("building %s: %w\n%s", pkg, err, output)
	}

	return nil
}

// requiredProviders returns the terraform block with the provider's source.
func requiredProviders(source string) string {
	return fmt.Sprintf("terraform {\n  required_providers {\n    %s = {\n      source = %q\n    }\n  }\n}\n", filepath.Base(source), source)
}

// dataSources returns a configuration with count data sources. Each has the
// given arguments, with the ID of its export instead of "ID".
func dataSources(source, provider, dataSource, arguments string, count int) string {
	return requiredProviders(source) + provider + fmt.Sprintf("data %q \"export\" {\n  count = %d\n  %s\n}\noutput \"exports\" {\n  value = length(data.%s.export)\n}\n",
		dataSource, count, strings.ReplaceAll(arguments, "ID", `${format("org_exp_%05d", count.index)}`), dataSource)
}

func readEach(address string, count int) string {
	return dataSources("rebilly/rebilly", fmt.Sprintf("provider \"rebilly\" {\n  api_key  = %q\n  base_url = %q\n}\n", rebillytest.SecretKey, address),
		"rebilly_organization_export", `id = "ID"`, count)
}

func readList(address string, count int) string {
	return organizationProvider(address, count) + `data "rebilly_organization_exports" "export" {}
output "exports" {
  value = length(data.rebilly_organization_exports.export.exports)
}
`
}

// organizationProvider returns the provider block for the organization with count
// exports.
func organizationProvider(address string, count int) string {
	return requiredProviders("rebilly/rebilly") + fmt.Sprintf("provider \"rebilly\" {\n  api_key         = %q\n  base_url        = %q\n  organization_id = %q\n}\n",
		rebillytest.SecretKey, address, organizationWith(count))
}

var listQuery = fmt.Sprintf("list \"rebilly_organization_export\" \"export\" {\n  provider = rebilly\n  limit    = %d\n}\n", listLimit)

// queryMissing says why a CLI cannot run "terraform query", or returns "" if it can.
func queryMissing(cli string) string {
	var major, minor int
	if _, err := fmt.Sscanf(cli, "Terraform v%d.%d", &major, &minor); err == nil && (major > 1 || minor >= 14) {
		return ""
	}

	return "`terraform query` needs Terraform 1.14 or later, and this is " + cli
}
