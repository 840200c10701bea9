package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"time"

	"github.com/rebilly/terraform-provider-rebilly/internal/rebillytest"
)

const mebibyte = 1 << 20

// read reads count exports and measures it.
func (c *contender) read(ctx context.Context, o options, api *api, count int) (values, error) {
	if err := c.configure(o, api, count); err != nil {
		return nil, err
	}
	api.reset()
	run, err := c.runCLI(ctx, o, api, "apply", "-auto-approve", "-no-color", "-parallelism="+strconv.Itoa(parallelism))
	if err != nil {
		return nil, err
	}
	run[requests], run[connections] = float64(api.requests.Load()), float64(api.connections.Load())

	return run, nil
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
	return writeFiles(runFolder(o), map[string]string{
		"main.tf":  c.configuration(api.server.URL, count),
		"cli.tfrc": fmt.Sprintf("provider_installation {\n  dev_overrides {\n    %q = %q\n  }\n  direct {}\n}\n", c.provider, c.folder),
	})
}

// runCLI runs the CLI on the configuration and measures it.
func (c *contender) runCLI(ctx context.Context, o options, api *api, arguments ...string) (values, error) {
	command := exec.CommandContext(ctx, filepath.Join(cliFolder(o), "wrapper"), arguments...)
	command.Dir = runFolder(o)
	command.Env = append(environment(api), "TF_CLI_CONFIG_FILE="+filepath.Join(runFolder(o), "cli.tfrc"))
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

	return values{wall: elapsed, cpu: all.CPU, memory: provider.Peak / mebibyte}, err
}

func environment(api *api) []string {
	return append(os.Environ(), "SSL_CERT_FILE="+api.certificate, "FLOOR_LATENCY="+latency.String(), "REBILLY_API_KEY="+rebillytest.SecretKey)
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

// usage is what the wrapper records.
type usage struct{ CPU, Peak float64 }

// takeUsage returns the sum of the CPU times that the wrapper in a folder recorded
// since the last call, and the largest peak.
func takeUsage(folder string) (total usage, err error) {
	name := filepath.Join(folder, "usage.jsonl")
	recorded, err := os.ReadFile(name)
	if err != nil {
		return total, err
	}
	for line := range bytes.Lines(recorded) {
		var used usage
		if err := json.Unmarshal(line, &used); err != nil {
			return total, err
		}
		total.CPU += used.CPU
		total.Peak = max(total.Peak, used.Peak)
	}

	return total, os.Remove(name)
}
