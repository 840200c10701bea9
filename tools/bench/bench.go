// Command bench measures runs that read n exports with this provider and with
// other contenders, downloads, and start-ups. It writes a record of the run, and
// renders RESULTS.md and the plots from all records. It needs a CLI in
// TF_ACC_TERRAFORM_PATH, which tools/with-cli.sh sets. With -render, it renders only,
// and needs nothing.
//
// # Peers without a registry
//
// Without PEERS_MIRROR, the CLI installs the peers from the Terraform registry. To
// measure on a machine that cannot download them, put them into a folder, and run
//
//	PEERS_MIRROR=/path/to/folder make bench
//
// A peer that is not there is skipped, and the results say so. There are two ways to
// fill the folder, and one folder can have both. On a machine that can download,
// put this into an empty folder as main.tf:
//
//	terraform {
//	  required_providers {
//	    http    = { source = "hashicorp/http", version = "3.6.1" }
//	    restful = { source = "magodo/restful", version = "0.25.1" }
//	    restapi = { source = "Mastercard/restapi", version = "3.0.0" }
//	  }
//	}
//
// There, "terraform providers mirror -platform=linux_amd64 /path/to/folder" writes the
// archives. Or check out the tag of each peer, and build its program with the flags
// of a release. The path has the address, the version, and the platform:
//
//	CGO_ENABLED=0 go build -trimpath -ldflags='-s -w' -o \
//	  /path/to/folder/registry.terraform.io/hashicorp/http/3.6.1/linux_amd64/terraform-provider-http_v3.6.1 .
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"
)

// options holds the values of the flags.
type options struct {
	root        string
	work        string
	out         string
	counts      []int
	runs        int
	latency     time.Duration
	parallelism int
	// download is the size of the file to download, in megabytes.
	download int64
}

func main() {
	log.SetFlags(0)
	o := options{}
	counts := flag.String("n", "1,10,100,1000,2000,3000", "numbers of exports to read, separated by commas")
	flag.IntVar(&o.runs, "runs", 3, "number of runs for each contender and number of exports")
	flag.DurationVar(&o.latency, "latency", 20*time.Millisecond, "time before the API sends a response")
	flag.IntVar(&o.parallelism, "parallelism", 10, "Terraform's -parallelism")
	flag.Int64Var(&o.download, "download", 2000, "size of the file to download, in MB")
	renderOnly := flag.Bool("render", false, "render the records and measure nothing")
	flag.StringVar(&o.root, "root", ".", "folder of the repository")
	flag.StringVar(&o.work, "work", ".work/bench", "folder for programs and configurations")
	flag.StringVar(&o.out, "out", "bench", "folder for the results")
	flag.Parse()
	for text := range strings.SplitSeq(*counts, ",") {
		count, err := strconv.Atoi(text)
		if err != nil || count < 1 {
			log.Fatalf("-n: %q is not a number of exports", text)
		}
		o.counts = append(o.counts, count)
	}
	run := bench
	if *renderOnly {
		run = writeResults
	}
	if err := run(o); err != nil {
		log.Fatal(err)
	}
}

func bench(o options) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	for _, folder := range []*string{&o.root, &o.work, &o.out} {
		absolute, err := filepath.Abs(*folder)
		if err != nil {
			return err
		}
		*folder = absolute
	}
	// The flag may name a folder with other content.
	o.work = filepath.Join(o.work, "contenders")
	if err := os.RemoveAll(o.work); err != nil {
		return err
	}
	if err := os.MkdirAll(o.work, 0o700); err != nil {
		return err
	}

	record, err := newRecord(ctx, o)
	if err != nil {
		return err
	}
	api, err := newAPI(ctx, o)
	if err != nil {
		return err
	}
	defer api.server.Close()
	contenders, err := newContenders(ctx, o, record.CLI)
	if err != nil {
		return err
	}
	if err := wrapCLI(ctx, o); err != nil {
		return err
	}
	for _, c := range contenders {
		record.Contenders = append(record.Contenders, c.record())
	}
	contenders = slices.DeleteFunc(contenders, func(c *contender) bool { return c.skipReason != "" })
	for _, measure := range []func() error{
		func() error { return record.measureReads(ctx, o, api, contenders) },
		func() error { return record.measureStarts(ctx, o, api, contenders) },
		func() error { return record.measureDownloads(ctx, o) },
	} {
		if err := measure(); err != nil {
			return err
		}
	}
	if err := record.save(filepath.Join(o.out, "results")); err != nil {
		return err
	}
	if err := writeResults(o); err != nil {
		return err
	}
	var goals strings.Builder
	record.writeGoals(&goals)
	fmt.Print(goals.String())

	return nil
}

func writeResults(o options) error {
	records, err := loadRecords(filepath.Join(o.out, "results"))
	if err != nil {
		return err
	}
	if len(records) == 0 {
		return errors.New("there are no records")
	}
	for name, text := range render(records) {
		if err := os.WriteFile(filepath.Join(o.out, name), []byte(text), 0o644); err != nil {
			return err
		}
	}

	return nil
}

// measureReads reads exports with all contenders. They take turns, so that a slow
// phase of the machine affects all of them.
func (r *record) measureReads(ctx context.Context, o options, api *api, contenders []*contender) error {
	for _, count := range o.counts {
		for range r.Runs {
			for _, c := range contenders {
				if c.maxExports > 0 && count > c.maxExports {
					continue
				}
				run, err := c.read(ctx, o, api, count)
				if err != nil {
					return fmt.Errorf("%s, %d exports: %w", c.name, count, err)
				}
				log.Printf("%5d exports, %s: %.2f s", count, c.name, run[wall])
				r.add(c.name, read, count, run)
			}
		}
	}

	return nil
}

// startsPerRun is how often a program is started for each run: starts are short, and
// their times vary.
const startsPerRun = 10

// measureStarts measures what does not depend on the number of exports.
func (r *record) measureStarts(ctx context.Context, o options, api *api, contenders []*contender) error {
	contenders = slices.DeleteFunc(slices.Clone(contenders), func(c *contender) bool {
		return c.provider == "" || c.name == list || c.name == query
	})
	for range startsPerRun * r.Runs {
		for _, c := range contenders {
			elapsed, err := timeStartUp(ctx, c.binary())
			if err != nil {
				return fmt.Errorf("starting %s: %w", c.name, err)
			}
			r.add(c.name, startUp, 0, values{wall: elapsed.Seconds()})
			if err := c.configure(o, api, 1); err != nil {
				return err
			}
			for _, command := range []struct {
				task
				arguments []string
			}{{validate, []string{"validate"}}, {schema, []string{"providers", "schema", "-json"}}} {
				run, err := c.runCLI(ctx, o, api, command.arguments...)
				if err != nil {
					return fmt.Errorf("%s with %s: %w", command.task, c.name, err)
				}
				r.add(c.name, command.task, 0, values{wall: run[wall], cpu: run[cpu]})
			}
		}
	}

	return nil
}
