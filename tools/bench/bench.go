// Command bench measures runs that read n exports with this provider and with
// other contenders, and writes RESULTS.md, wall.svg, and connections.svg. It needs
// a CLI in TF_ACC_TERRAFORM_PATH, which tools/with-cli.sh sets.
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

// options holds the values of the flags.
type options struct {
	root        string
	work        string
	out         string
	counts      []int
	runs        int
	latency     time.Duration
	parallelism int
}

func main() {
	log.SetFlags(0)
	o := options{}
	counts := flag.String("n", "1,10,100,1000,3000", "numbers of exports to read, separated by commas")
	flag.IntVar(&o.runs, "runs", 3, "number of runs for each contender and number of exports")
	flag.DurationVar(&o.latency, "latency", 20*time.Millisecond, "time before the API sends a response")
	flag.IntVar(&o.parallelism, "parallelism", 10, "Terraform's -parallelism")
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
	if err := bench(o); err != nil {
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
	if err := os.RemoveAll(o.work); err != nil {
		return err
	}
	if err := os.MkdirAll(o.work, 0o700); err != nil {
		return err
	}

	machine, err := describeMachine(ctx, o)
	if err != nil {
		return err
	}
	api, err := newAPI(ctx, o)
	if err != nil {
		return err
	}
	defer api.server.Close()
	contenders, err := newContenders(ctx, o)
	if err != nil {
		return err
	}

	results := &results{options: o, machine: machine, contenders: contenders, runs: map[key][]run{}}
	if err := results.measure(ctx, api); err != nil {
		return err
	}
	text, err := results.write()
	if err != nil {
		return err
	}
	fmt.Print(text)

	return nil
}

// measure runs all contenders. They take turns, so that a slow phase of the
// machine affects all of them.
func (r *results) measure(ctx context.Context, api *api) error {
	for _, count := range r.options.counts {
		for range r.options.runs {
			for _, contender := range r.contenders {
				if contender.skipReason != "" || contender.maxExports > 0 && count > contender.maxExports {
					continue
				}
				measured, err := contender.run(ctx, r.options, api, count)
				if err != nil {
					return fmt.Errorf("%s, %d exports: %w", contender.name, count, err)
				}
				log.Printf("%5d exports, %s: %.2f s", count, contender.name, measured.Wall)
				at := key{contender.name, count}
				r.runs[at] = append(r.runs[at], measured)
			}
		}
	}
	for range 10 * r.options.runs {
		for _, contender := range r.contenders {
			if contender.skipReason != "" || contender.provider == "" {
				continue
			}
			elapsed, err := startUp(ctx, contender.binary())
			if err != nil {
				return fmt.Errorf("starting %s: %w", contender.name, err)
			}
			at := key{contender.name, 0}
			r.runs[at] = append(r.runs[at], run{StartUp: elapsed.Seconds()})
		}
	}

	return nil
}
