package provider

import (
	"context"
	"os"
	"runtime/debug"
	"sync/atomic"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6/tf6server"
)

// Address is the provider's address in the Terraform registry.
const Address = "registry.terraform.io/rebilly/rebilly"

// garbage is how much memory there may be to collect, in percent of what is in
// use, where GOGC does not say. Reads leave much behind and keep next to
// nothing: with twice Go's standard, they take a seventh less of the processor,
// for 3 MiB more.
const garbage = 200

// Serve serves the provider of the given version to Terraform, until Terraform
// ends it. When ctx ends, so does whatever the provider waits for. The error
// says why it could not be served.
func Serve(ctx context.Context, version string, options ...tf6server.ServeOpt) error {
	if os.Getenv("GOGC") == "" {
		debug.SetGCPercent(garbage)
	}

	return tf6server.Serve(Address, func() tfprotov6.ProviderServer {
		return server{providerserver.NewProtocol6(New(ctx, version)())()}
	}, options...)
}

// server is the framework's server, for as many reads as a plan may have. The
// framework keeps the context of every request until it is stopped, and with
// each its loggers: about 10 KiB.
type server struct{ tfprotov6.ProviderServer }

// ValidateDataResourceConfig implements tfprotov6.DataSourceServer.
func (s server) ValidateDataResourceConfig(ctx context.Context, req *tfprotov6.ValidateDataResourceConfigRequest) (*tfprotov6.ValidateDataResourceConfigResponse, error) {
	ctx, end := untilReturn(ctx)
	defer end()

	return s.ProviderServer.ValidateDataResourceConfig(ctx, req)
}

// ReadDataSource implements tfprotov6.DataSourceServer.
func (s server) ReadDataSource(ctx context.Context, req *tfprotov6.ReadDataSourceRequest) (*tfprotov6.ReadDataSourceResponse, error) {
	ctx, end := untilReturn(ctx)
	defer end()

	return s.ProviderServer.ReadDataSource(ctx, req)
}

// requestContext is the context of a request while that lasts, and holds
// nothing of it afterwards.
type requestContext struct {
	parent atomic.Pointer[context.Context]
}

// untilReturn returns a context that is parent until its end is called, as it
// must be, and that holds nothing of parent from then on.
func untilReturn(parent context.Context) (ctx context.Context, end func()) {
	request := new(requestContext)
	request.parent.Store(&parent)

	return request, func() { request.parent.Store(&ended) }
}

// ended is a context that has ended, in which nothing is.
var ended = func() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()

	return ctx
}()

func (r *requestContext) current() context.Context { return *r.parent.Load() }

// Deadline implements context.Context.
func (r *requestContext) Deadline() (time.Time, bool) { return r.current().Deadline() }

// Done implements context.Context.
func (r *requestContext) Done() <-chan struct{} { return r.current().Done() }

// Err implements context.Context.
func (r *requestContext) Err() error { return r.current().Err() }

// Value implements context.Context.
func (r *requestContext) Value(key any) any { return r.current().Value(key) }
