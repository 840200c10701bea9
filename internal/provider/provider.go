// Package provider is the Terraform side of the Rebilly provider: schemas,
// configuration, and the way between the API's values and Terraform's. The
// API is called by package rebilly.
package provider

import (
	"context"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/resource"
)

var _ provider.ProviderWithEphemeralResources = (*rebillyProvider)(nil)

// rebillyProvider is the provider "rebilly".
type rebillyProvider struct {
	version string
	surroundings
}

// surroundings are what tests put in the place of the real world.
type surroundings struct {
	// getenv looks up the environment variables that stand in for attributes.
	getenv func(string) string
	// transport carries requests; nil is a transport of the client's own.
	transport http.RoundTripper
	// retryWait and pollWait are the waits before a retry and between two
	// looks at an export; zero is the client's own.
	retryWait, pollWait time.Duration
	// interrupted ends every request when it ends; nil never does.
	interrupted context.Context
}

// New returns a function that makes the provider, for providerserver.Serve.
// The version is what User-Agent headers and the registry say. When ctx ends, so
// does whatever the provider waits for.
func New(ctx context.Context, version string) func() provider.Provider {
	return newIn(version, surroundings{getenv: os.Getenv, interrupted: ctx})
}

func newIn(version string, world surroundings) func() provider.Provider {
	if world.interrupted == nil {
		world.interrupted = context.Background()
	}

	return func() provider.Provider {
		return &rebillyProvider{version: version, surroundings: world}
	}
}

// Metadata implements provider.Provider.
func (p *rebillyProvider) Metadata(_ context.Context, _ provider.MetadataRequest, resp *provider.MetadataResponse) {
	resp.TypeName = "rebilly"
	resp.Version = p.version
}

// Schema implements provider.Provider.
func (p *rebillyProvider) Schema(_ context.Context, _ provider.SchemaRequest, resp *provider.SchemaResponse) {
	resp.Schema = configurationSchema()
}

// Configure implements provider.Provider. It sends nothing: a wrong
// credential is an error of what first needs it.
func (p *rebillyProvider) Configure(ctx context.Context, req provider.ConfigureRequest, resp *provider.ConfigureResponse) {
	var configured configuration
	resp.Diagnostics.Append(req.Config.Get(ctx, &configured)...)
	if resp.Diagnostics.HasError() {
		return
	}
	if unknown := configured.unknown(); len(unknown) > 0 {
		if req.ClientCapabilities.DeferralAllowed {
			resp.Deferred = &provider.Deferred{Reason: provider.DeferredReasonProviderConfigUnknown}

			return
		}
		resp.Diagnostics.Append(unknown...)

		return
	}

	connected, diagnostics := p.connect(configured, req.TerraformVersion)
	diagnostics.Append(warnOfTerraform(req.TerraformVersion)...)
	resp.Diagnostics.Append(diagnostics...)
	if diagnostics.HasError() {
		return
	}
	resp.DataSourceData = connected
	resp.ResourceData = connected
	resp.EphemeralResourceData = connected
}

// warnOfTerraform warns of the version that does not keep the signed links
// secret, which are sensitive attributes of objects in a list.
func warnOfTerraform(version string) diag.Diagnostics {
	if !strings.HasPrefix(version, "1.0.") {
		return nil
	}

	return diag.Diagnostics{diag.NewWarningDiagnostic("Terraform Shows Signed Links",
		"Terraform "+version+" does not heed that attributes inside of lists are sensitive. It prints the signed links of exports, "+
			"which download all of the organization's data, where an output has them or terraform show is run. Use Terraform 1.1 or newer.")}
}

// DataSources implements provider.Provider.
func (p *rebillyProvider) DataSources(context.Context) []func() datasource.DataSource {
	return []func() datasource.DataSource{
		newOrganizationExportDataSource,
		newOrganizationExportsDataSource,
	}
}

// EphemeralResources implements provider.ProviderWithEphemeralResources.
func (p *rebillyProvider) EphemeralResources(context.Context) []func() ephemeral.EphemeralResource {
	return []func() ephemeral.EphemeralResource{newOrganizationExportEphemeralResource}
}

// Resources implements provider.Provider.
func (p *rebillyProvider) Resources(context.Context) []func() resource.Resource {
	return []func() resource.Resource{newOrganizationExportResource}
}
