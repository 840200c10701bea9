package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
)

// key identifies runs by contender and number of exports, zero for start-up.
type key struct {
	name  string
	count int
}

// results holds all runs.
type results struct {
	options    options
	machine    string
	contenders []*contender
	runs       map[key][]run
}

// spread is the median, the smallest, and the largest of several measurements.
type spread struct {
	median, low, high float64
}

func spreadOf(values []float64) spread {
	if len(values) == 0 {
		return spread{}
	}
	values = slices.Sorted(slices.Values(values))
	middle := len(values) / 2
	median := values[middle]
	if len(values)%2 == 0 {
		median = (values[middle-1] + values[middle]) / 2
	}

	return spread{median, values[0], values[len(values)-1]}
}

// of returns the spread of a measure, and false if it was not measured.
func (r *results) of(name string, count int, measure func(run) float64) (spread, bool) {
	runs := r.runs[key{name, count}]
	values := make([]float64, len(runs))
	for i, run := range runs {
		values[i] = measure(run)
	}

	return spreadOf(values), len(runs) > 0
}

// describeMachine returns the versions and the machine, in one line.
func describeMachine(ctx context.Context, o options) (string, error) {
	version, err := exec.CommandContext(ctx, os.Getenv("TF_ACC_TERRAFORM_PATH"), "version").Output()
	if err != nil {
		return "", fmt.Errorf("reading the CLI's version (run make bench, which sets its path): %w", err)
	}
	command := exec.CommandContext(ctx, "git", "rev-parse", "--short", "HEAD")
	command.Dir = o.root
	commit, err := command.Output()
	if err != nil {
		return "", err
	}
	line, _, _ := strings.Cut(string(version), "\n")

	return fmt.Sprintf("%s, %s, %s/%s, %d CPUs%s, commit %s", line, runtime.Version(), runtime.GOOS, runtime.GOARCH, runtime.NumCPU(), processor(),
		strings.TrimSpace(string(commit))), nil
}

// processor returns the name of the processor, or "" if it is unknown.
func processor() string {
	text, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return ""
	}
	for line := range strings.Lines(string(text)) {
		if name, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(name) == "model name" {
			return " (" + strings.TrimSpace(value) + ")"
		}
	}

	return ""
}

// write writes the tables and plots, and returns the text of the tables.
func (r *results) write() (string, error) {
	if err := os.MkdirAll(r.options.out, 0o755); err != nil {
		return "", err
	}
	text := r.markdown()
	if err := os.WriteFile(filepath.Join(r.options.out, "RESULTS.md"), []byte(text), 0o644); err != nil {
		return "", err
	}

	return text, r.plot()
}
