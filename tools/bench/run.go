package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"time"

	"github.com/rebilly/terraform-provider-rebilly/internal/rebillytest"
	"github.com/rebilly/terraform-provider-rebilly/tools/bench/usage"
)

// read reads count exports and measures it.
func (c *contender) read(ctx context.Context, o options, api *api, count int) (values, error) {
	if c.provider == "" {
		command := exec.CommandContext(ctx, c.wrapper(), api.server.URL, strconv.Itoa(count), strconv.Itoa(o.parallelism))
		command.Env = environment(o, api)
		api.reset()
		elapsed, err := timed(command)
		if err != nil {
			return nil, err
		}
		used, err := takeUsage(c.folder)

		return api.counted(values{wall: elapsed, cpu: used.CPU, providerCPU: used.CPU, providerPeak: used.Peak}), err
	}

	if err := c.configure(o, api, count); err != nil {
		return nil, err
	}
	arguments := []string{"apply", "-auto-approve", "-no-color", "-parallelism=" + strconv.Itoa(o.parallelism)}
	if c.query != "" {
		arguments = []string{"query", "-no-color"}
	}
	api.reset()
	run, err := c.runCLI(ctx, o, api, arguments...)
	if err != nil || c.query != "" {
		return api.counted(run), err
	}
	file, err := os.Stat(filepath.Join(runFolder(o), "terraform.tfstate"))
	if err != nil {
		return nil, err
	}
	run[state] = float64(file.Size())

	return api.counted(run), nil
}

// runFolder returns the folder in which the CLI runs.
func runFolder(o options) string { return filepath.Join(o.work, "run") }

// cliFolder returns the folder with the CLI and its wrapper.
func cliFolder(o options) string { return filepath.Join(o.work, "cli") }

// configure writes a configuration that reads count exports.
func (c *contender) configure(o options, api *api, count int) error {
	if err := os.RemoveAll(runFolder(o)); err != nil {
		return err
	}
	files := map[string]string{
		"main.tf":  c.configuration(api.server.URL, count),
		"cli.tfrc": fmt.Sprintf("provider_installation {\n  dev_overrides {\n    %q = %q\n  }\n  direct {}\n}\n", c.provider, c.folder),
	}
	if c.query != "" {
		files["main.tfquery.hcl"] = c.query
	}

	return writeFiles(runFolder(o), files)
}

// runCLI runs the CLI on the configuration and measures it.
func (c *contender) runCLI(ctx context.Context, o options, api *api, arguments ...string) (values, error) {
	command := exec.CommandContext(ctx, filepath.Join(cliFolder(o), "wrapper"), arguments...)
	command.Dir = runFolder(o)
	command.Env = append(environment(o, api), "TF_CLI_CONFIG_FILE="+filepath.Join(runFolder(o), "cli.tfrc"))
	elapsed, err := timed(command)
	if err != nil {
		return nil, err
	}
	provider, err := takeUsage(c.folder)
	if err != nil {
		return nil, err
	}
	// This includes the provider's processes, which the CLI waits for.
	all, err := takeUsage(cliFolder(o))

	return values{wall: elapsed, cpu: all.CPU, providerCPU: provider.CPU, peak: all.Peak, providerPeak: provider.Peak}, err
}

func environment(o options, api *api) []string {
	return append(os.Environ(), "SSL_CERT_FILE="+api.certificate, "FLOOR_LATENCY="+o.latency.String(), "REBILLY_API_KEY="+rebillytest.SecretKey)
}

// timed runs a command and returns its wall time in seconds. The error has its
// output.
func timed(command *exec.Cmd) (float64, error) {
	var output bytes.Buffer
	command.Stdout, command.Stderr = &output, &output
	start := time.Now()
	if err := command.Run(); err != nil {
		return 0, fmt.Errorf("%w\n%s", err, &output)
	}

	return time.Since(start).Seconds(), nil
}

// takeUsage returns the sum of the CPU times that the wrapper in a folder recorded
// since the last call, and the largest peak.
func takeUsage(folder string) (usage.Usage, error) {
	name := filepath.Join(folder, "usage.jsonl")
	recorded, err := os.ReadFile(name)
	if err != nil {
		return usage.Usage{}, err
	}
	total := usage.Usage{}
	for decoder := json.NewDecoder(bytes.NewReader(recorded)); ; {
		var used usage.Usage
		if err := decoder.Decode(&used); errors.Is(err, io.EOF) {
			return total, os.Remove(name)
		} else if err != nil {
			return total, err
		}
		total.CPU += used.CPU
		total.Peak = max(total.Peak, used.Peak)
	}
}
