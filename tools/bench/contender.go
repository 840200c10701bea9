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
	// provider is the source address of the provider.
	provider string
	// folder has the program "real" and its wrapper.
	folder string
	// configuration returns a configuration that reads count exports from the
	// API at address.
	configuration func(address string, count int) string
}

func (c *contender) binary() string { return filepath.Join(c.folder, "real") }

// The names of contenders in the results.
const (
	ours  = "rebilly"
	list  = "list"
	floor = "floor"
	curl  = "curl"
	// bestPeer stands for the peer with the lowest median.
	bestPeer = "best peer"
)

// newContenders builds or installs all contenders, and a wrapper for each and for the
// CLI. missing has the names of those that cannot be installed.
func newContenders(ctx context.Context, o options) (contenders []*contender, missing []string, err error) {
	contenders = []*contender{
		{name: floor, provider: "rebilly/rebilly", folder: filepath.Join(o.work, "floor"), configuration: readEach},
		{name: ours, provider: "rebilly/rebilly", folder: filepath.Join(o.work, "rebilly"), configuration: readEach},
		{name: list, provider: "rebilly/rebilly", folder: filepath.Join(o.work, "rebilly"), configuration: readList},
	}
	for folder, pkg := range map[string]string{"floor": "./bench/floor", "rebilly": "."} {
		if err := build(ctx, o.root, pkg, filepath.Join(o.work, folder, "real")); err != nil {
			return nil, nil, err
		}
	}
	peers, missing, err := newPeers(ctx, o)
	if err != nil {
		return nil, nil, err
	}
	contenders = append(contenders, peers...)
	if err := linkProgram(os.Getenv("TF_ACC_TERRAFORM_PATH"), cliFolder(o)); err != nil {
		return nil, nil, err
	}
	wrappers := []string{filepath.Join(cliFolder(o), "wrapper")}
	for _, c := range contenders {
		wrappers = append(wrappers, filepath.Join(c.folder, "terraform-provider-"+filepath.Base(c.provider)))
	}
	for _, target := range wrappers {
		if err := build(ctx, filepath.Join(o.root, "tools/bench"), "./wrapper", target); err != nil {
			return nil, nil, err
		}
	}

	return contenders, missing, nil
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
	return requiredProviders("rebilly/rebilly") + fmt.Sprintf(`provider "rebilly" {
  api_key         = %q
  base_url        = %q
  organization_id = %q
}
data "rebilly_organization_exports" "export" {}
output "exports" {
  value = length(data.rebilly_organization_exports.export.exports)
}
`, rebillytest.SecretKey, address, organizationWith(count))
}
