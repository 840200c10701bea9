package main

import (
	"context"
	"errors"
	"fmt"
	"log"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/rebilly/terraform-provider-rebilly/internal/rebillytest"
)

// peer is a general provider for HTTP APIs, which people use for APIs without a
// provider.
type peer struct {
	source, version string
	configuration   func(source, address string, count int) string
}

var peers = []peer{
	{"hashicorp/http", "3.6.0", func(source, address string, count int) string {
		return dataSources(source, "", "http", fmt.Sprintf(`url = "%s/organization-exports/ID"
  request_headers = { REB-APIKEY = %q }`, address, rebillytest.SecretKey), count)
	}},
	{"magodo/restful", "0.25.1", func(source, address string, count int) string {
		return dataSources(source, fmt.Sprintf("provider \"restful\" {\n  base_url = %q\n  header   = { REB-APIKEY = %q }\n}\n", address, rebillytest.SecretKey),
			"restful_resource", `id = "/organization-exports/ID"`, count)
	}},
	// It searches a list for the object before it reads the object.
	{"Mastercard/restapi", "3.0.0", func(source, address string, count int) string {
		return dataSources(source, fmt.Sprintf("provider \"restapi\" {\n  uri     = %q\n  headers = { REB-APIKEY = %q }\n}\n", address, rebillytest.SecretKey),
			"restapi_object", `path = "/organization-exports"
  search_key   = "id"
  search_value = "ID"
  query_string = "filter=id:ID"
  read_query_string = ""`, count)
	}},
}

// label returns the peer's name in the results.
func (p peer) label() string { return filepath.Base(p.source) + "-" + p.version }

// newPeers installs the peers. missing has the names of those that are not there.
func newPeers(ctx context.Context, o options) (contenders []*contender, missing []string, err error) {
	for _, peer := range peers {
		c := &contender{name: peer.label(), provider: "registry.terraform.io/" + peer.source, folder: filepath.Join(o.work, peer.label())}
		c.configuration = func(address string, count int) string { return peer.configuration(c.provider, address, count) }
		program, err := install(ctx, c.provider, peer.version, c.folder)
		if err != nil {
			log.Printf("%s is not measured: %v", c.name, err)
			missing = append(missing, c.name)

			continue
		}
		if err := linkProgram(program, c.folder); err != nil {
			return nil, nil, err
		}
		contenders = append(contenders, c)
	}

	return contenders, missing, nil
}

// install installs a provider below folder and returns the path of its program.
func install(ctx context.Context, source, version, folder string) (string, error) {
	files := map[string]string{
		"main.tf":  strings.Replace(requiredProviders(source), "\n    }", fmt.Sprintf("\n      version = %q\n    }", version), 1),
		"cli.tfrc": "provider_installation {\n  direct {}\n}\n",
	}
	if mirror := os.Getenv("PEERS_MIRROR"); mirror != "" {
		mirror, err := filepath.Abs(mirror)
		if err != nil {
			return "", err
		}
		files["cli.tfrc"] = fmt.Sprintf("provider_installation {\n  filesystem_mirror {\n    path = %q\n  }\n}\n", mirror)
	}
	if err := writeFiles(folder, files); err != nil {
		return "", err
	}
	ctx, cancel := context.WithTimeout(ctx, 3*time.Minute)
	defer cancel()
	command := exec.CommandContext(ctx, os.Getenv("TF_ACC_TERRAFORM_PATH"), "init", "-no-color")
	command.Dir = folder
	command.Env = append(os.Environ(), "TF_CLI_CONFIG_FILE="+filepath.Join(folder, "cli.tfrc"))
	if _, err := command.CombinedOutput(); err != nil {
		return "", errors.New("the CLI did not find it")
	}
	found, err := filepath.Glob(filepath.Join(folder, ".terraform/providers/*/*/*/*/*/terraform-provider-*"))
	if err != nil || len(found) != 1 {
		return "", errors.New("the CLI installed no program")
	}

	return found[0], nil
}

func writeFiles(folder string, files map[string]string) error {
	if err := os.MkdirAll(folder, 0o700); err != nil {
		return err
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(folder, name), []byte(text), 0o600); err != nil {
			return err
		}
	}

	return nil
}
