// Command bench measures runs that read n exports with this provider and with
// other contenders, downloads, and start-ups. It writes results.txt in the format of
// Go benchmarks, and RESULTS.md, which is the table that benchstat makes of it. It
// needs a CLI in TF_ACC_TERRAFORM_PATH, which tools/with-cli.sh sets.
//
// # Peers without a registry
//
// Without PEERS_MIRROR, the CLI installs the peers from the Terraform registry. To
// measure on a machine that cannot download them, put them into a folder, and run
//
//	PEERS_MIRROR=/path/to/folder make bench
//
// A peer that is not there is not measured. "terraform providers mirror" fills the
// folder on a machine that can download. Or check out the tag of each peer, and build
// its program into a path with the address, the version (see peers.go), and the platform:
//
//	CGO_ENABLED=0 go build -trimpath -ldflags='-s -w' -o \
//	  /path/to/folder/registry.terraform.io/hashicorp/http/3.6.0/linux_amd64/terraform-provider-http_v3.6.0 .
package main

import (
	"context"
	"flag"
	"fmt"
	"log"
	"os"
	"os/signal"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

const (
	// latency is the time before the API sends a response.
	latency = 20 * time.Millisecond
	// parallelism is Terraform's default.
	parallelism = 10
)

// options holds the values of the flags.
type options struct {
	// root is the repository's folder, and work has programs and configurations.
	root, work, out string

	counts []int
	runs   int
	// download is the size of the file to download, in megabytes.
	download int64
}

func main() {
	log.SetFlags(0)
	o := options{root: ".", work: ".work/bench"}
	counts := flag.String("n", "1,100,1000,3000", "numbers of exports to read, separated by commas")
	// benchstat needs six samples for an interval.
	flag.IntVar(&o.runs, "runs", 6, "number of runs for each contender and number of exports")
	flag.Int64Var(&o.download, "download", 2000, "size of the file to download, in MB")
	renderOnly := flag.Bool("render", false, "write RESULTS.md again, and measure nothing")
	flag.StringVar(&o.out, "out", "bench", "folder for the results")
	flag.Parse()
	for text := range strings.SplitSeq(*counts, ",") {
		count, err := strconv.Atoi(text)
		if err != nil || count < 1 {
			log.Fatalf("-n: %q is not a number of exports", text)
		}
		o.counts = append(o.counts, count)
	}
	for _, folder := range []*string{&o.work, &o.out} {
		absolute, err := filepath.Abs(*folder)
		if err != nil {
			log.Fatal(err)
		}
		*folder = absolute
	}
	run := bench
	if *renderOnly {
		run = render
	}
	if err := run(o); err != nil {
		log.Fatal(err)
	}
}

// render writes the page about the results that are there.
func render(o options) error {
	text, err := os.ReadFile(filepath.Join(o.out, "results.txt"))
	if err != nil {
		return err
	}

	return writeResults(context.Background(), o, &results{string(text)})
}

func bench(o options) error {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt)
	defer stop()
	if err := os.RemoveAll(o.work); err != nil {
		return err
	}
	for _, folder := range []string{o.work, o.out} {
		if err := os.MkdirAll(folder, 0o755); err != nil {
			return err
		}
	}
	api, err := newAPI(ctx, o)
	if err != nil {
		return err
	}
	defer api.server.Close()
	contenders, missing, err := newContenders(ctx, o)
	if err != nil {
		return err
	}
	measured, err := newResults(ctx, o, missing)
	if err != nil {
		return err
	}
	if err := measured.measureReads(ctx, o, api, contenders); err != nil {
		return err
	}
	if err := measured.measureStarts(ctx, o, contenders); err != nil {
		return err
	}
	if err := measured.measureDownloads(ctx, o); err != nil {
		return err
	}
	if err := writeResults(ctx, o, measured); err != nil {
		return err
	}
	fmt.Print(measured.goals())

	return nil
}

// measureReads reads exports with all contenders. They take turns, so that a slow
// phase of the machine affects all of them.
func (r *results) measureReads(ctx context.Context, o options, api *api, contenders []*contender) error {
	for _, count := range o.counts {
		for range o.runs {
			for _, c := range contenders {
				if c.name == list && count > listLimit {
					continue
				}
				run, err := c.read(ctx, o, api, count)
				if err != nil {
					return fmt.Errorf("%s, %d exports: %w", c.name, count, err)
				}
				log.Printf("%5d exports, %s: %.2f s", count, c.name, run[wall])
				r.add(read(count), c.name, run)
			}
		}
	}

	return nil
}

// startsPerRun is how often a program is started for each run: starts are short, and
// their times vary.
const startsPerRun = 5

// measureStarts measures how long programs take until they have returned their schema.
func (r *results) measureStarts(ctx context.Context, o options, contenders []*contender) error {
	for range startsPerRun * o.runs {
		for _, c := range contenders {
			if c.name == list {
				continue
			}
			elapsed, err := timeStartUp(ctx, c.binary())
			if err != nil {
				return fmt.Errorf("starting %s: %w", c.name, err)
			}
			r.add(start, c.name, values{wall: elapsed.Seconds()})
		}
	}

	return nil
}
