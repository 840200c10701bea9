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

func cliFolder(o options) string { return filepath.Join(o.work, "cli") }

// read reads count exports and measures it.
func (c *contender) read(ctx context.Context, o options, api *api, count int) (values, error) {
	folder := filepath.Join(o.work, "run")
	if err := os.RemoveAll(folder); err != nil {
		return nil, err
	}
	err := writeFiles(folder, map[string]string{
		"main.tf":  c.configuration(api.server.URL, count),
		"cli.tfrc": fmt.Sprintf("provider_installation {\n  dev_overrides {\n    %q = %q\n  }\n  direct {}\n}\n", c.provider, c.folder),
	})
	if err != nil {
		return nil, err
	}
	api.reset()
	command := exec.CommandContext(ctx, filepath.Join(cliFolder(o), "wrapper"), "apply", "-auto-approve", "-no-color", "-parallelism="+strconv.Itoa(parallelism))
	command.Dir = folder
	command.Env = append(os.Environ(), "SSL_CERT_FILE="+api.certificate, "FLOOR_LATENCY="+latency.String(),
		"REBILLY_API_KEY="+rebillytest.SecretKey, "TF_CLI_CONFIG_FILE="+filepath.Join(folder, "cli.tfrc"))
	begin := time.Now()
	if output, err := command.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("%w\n%s", err, output)
	}
	elapsed := time.Since(begin).Seconds()
	provider, err := takeUsage(c.folder)
	if err != nil {
		return nil, err
	}
	// This includes the provider's processes, which the CLI waits for.
	all, err := takeUsage(cliFolder(o))

	return values{
		wall: elapsed, cpu: all.CPU, memory: provider.Peak / mebibyte,
		requests: float64(api.requests.Load()), connections: float64(api.connections.Load()),
	}, err
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
