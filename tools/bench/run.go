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

// run holds the measurements of one run, in seconds, bytes, and counts.
type run struct {
	Wall                              float64
	CPU, ProviderCPU                  float64
	Peak, ProviderPeak                float64
	Requests, Connections, Handshakes float64
	State                             float64
	StartUp                           float64
}

// run reads count exports and measures it.
func (c *contender) run(ctx context.Context, o options, api *api, count int) (run, error) {
	folder := filepath.Join(o.work, "run")
	if err := os.RemoveAll(folder); err != nil {
		return run{}, err
	}
	command, err := c.command(ctx, o, api, count, folder)
	if err != nil {
		return run{}, err
	}
	usages := filepath.Join(c.folder, "usage.jsonl")
	if err := os.Remove(usages); err != nil && !errors.Is(err, os.ErrNotExist) {
		return run{}, err
	}
	api.reset()

	var output bytes.Buffer
	command.Stdout, command.Stderr = &output, &output
	start := time.Now()
	if err := command.Run(); err != nil {
		return run{}, fmt.Errorf("%w\n%s", err, &output)
	}
	wall := time.Since(start).Seconds()
	used := usage.Of(command.ProcessState)
	measured := run{
		Wall:        wall,
		CPU:         used.CPU,
		Peak:        used.Peak,
		Requests:    float64(api.requests.Load()),
		Connections: float64(api.connections.Load()),
		Handshakes:  float64(api.handshakes.Load()),
	}
	if err := measured.addUsages(usages); err != nil {
		return run{}, err
	}
	if c.provider == "" {
		measured.CPU, measured.Peak = measured.ProviderCPU, 0

		return measured, nil
	}
	state, err := os.Stat(filepath.Join(folder, "terraform.tfstate"))
	if err != nil {
		return run{}, err
	}
	measured.State = float64(state.Size())

	return measured, nil
}

// command returns the command that reads count exports: the CLI, or the wrapper
// of a contender without Terraform.
func (c *contender) command(ctx context.Context, o options, api *api, count int, folder string) (*exec.Cmd, error) {
	env := append(os.Environ(), "SSL_CERT_FILE="+api.certificate, "FLOOR_LATENCY="+o.latency.String(), "REBILLY_API_KEY="+rebillytest.SecretKey)
	if c.provider == "" {
		command := exec.CommandContext(ctx, c.wrapper(), api.server.URL, strconv.Itoa(count), strconv.Itoa(o.parallelism))
		command.Env = env

		return command, os.MkdirAll(folder, 0o700)
	}
	command := exec.CommandContext(ctx, os.Getenv("TF_ACC_TERRAFORM_PATH"), "apply", "-auto-approve", "-no-color", "-parallelism="+strconv.Itoa(o.parallelism))
	command.Dir = folder
	env = append(env, "TF_CLI_CONFIG_FILE="+filepath.Join(folder, "cli.tfrc"))
	command.Env = env

	return command, writeFiles(folder, map[string]string{
		"main.tf":  c.configuration(api.server.URL, count),
		"cli.tfrc": fmt.Sprintf("provider_installation {\n  dev_overrides {\n    %q = %q\n  }\n  direct {}\n}\n", c.provider, c.folder),
	})
}

// addUsages adds the usage of the provider's processes. The CLI's usage already
// includes its child processes.
func (r *run) addUsages(name string) error {
	file, err := os.Open(name)
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }()
	for decoder := json.NewDecoder(file); ; {
		var used usage.Usage
		if err := decoder.Decode(&used); errors.Is(err, io.EOF) {
			return nil
		} else if err != nil {
			return err
		}
		r.ProviderCPU += used.CPU
		r.ProviderPeak = max(r.ProviderPeak, used.Peak)
	}
}
