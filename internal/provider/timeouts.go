package provider

import (
	"context"
	"time"
)

// The time limits for an operation without a timeouts block. That of an export is
// one run's patience: exports of large organizations take longer, and the next run
// waits again.
const (
	defaultTimeout         = 30 * time.Minute
	defaultExportTimeout   = time.Hour
	defaultDownloadTimeout = time.Hour
)

// withTimeout returns a context like ctx that also ends after timeout, and when
// the process is interrupted. Terraform passes an interruption on while it
// applies and in `terraform plan`, but not while `terraform apply` plans, when
// it reads most data sources.
func (d *providerData) withTimeout(ctx context.Context, timeout time.Duration) (context.Context, context.CancelFunc) {
	ctx, cancel := context.WithTimeout(ctx, timeout)
	stop := context.AfterFunc(d.interrupted, cancel)
	if d.interrupted.Err() != nil {
		// AfterFunc cancels in a goroutine, which may be too late for a POST.
		cancel()
	}

	return ctx, func() {
		stop()
		cancel()
	}
}

// stopDelay is how long a creation waits for Terraform to notice an interruption.
const stopDelay = time.Second

// awaitStop waits, if the process was interrupted, until Terraform has stopped the
// request, too. A terminal interrupts both. If the provider returned a new export
// before Terraform notices, Terraform would apply what depends on it.
func (d *providerData) awaitStop(request context.Context) {
	if d.interrupted.Err() == nil {
		return
	}
	select {
	case <-request.Done():
	case <-time.After(stopDelay):
	}
}
