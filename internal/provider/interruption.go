package provider

import (
	"context"
	"os"
	"os/signal"
	"syscall"
	"time"
)

// grace is how long the provider goes on after it was told to terminate.
const grace = 10 * time.Second

// UntilInterrupted returns a context like ctx that ends also when the process
// is interrupted (SIGINT) or told to terminate (SIGTERM), and has the process
// outlive that: an interruption for good, because Terraform ends its providers
// itself, and SIGTERM for ten seconds. Whoever ends a run, at a terminal, by
// timeout(1) or in CI, often signals Terraform and its providers together.
// Terraform then waits for what the provider answers, such as the id of an
// export that was just requested: a provider that is gone by then takes it
// along.
func UntilInterrupted(ctx context.Context) context.Context {
	ctx, interrupt := context.WithCancel(ctx)
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	go func() {
		for received := range signals {
			interrupt()
			if received == syscall.SIGTERM {
				<-time.After(grace)
				os.Exit(1)
			}
		}
	}()

	return ctx
}

// untilInterrupted returns a context like ctx that ends also when the process
// is interrupted. Terraform passes an interruption on while it applies or runs
// `terraform plan`, but not while `terraform apply` plans, which is when most
// data sources are read.
func (c *connection) untilInterrupted(ctx context.Context) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithCancel(ctx)
	stop := context.AfterFunc(c.interrupted, cancel)

	return ctx, func() {
		stop()
		cancel()
	}
}
