// Package provider is the Terraform side of the Rebilly provider: schemas, the
// provider's configuration, and the conversion between API values and
// Terraform values. Package rebilly calls the API.
package provider

import (
	"context"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/action"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral"
	"github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/provider/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/rebilly/terraform-provider-rebilly/internal/rebilly"
)

var (
	_ provider.ProviderWithActions            = (*rebillyProvider)(nil)
	_ provider.ProviderWithEphemeralResources = (*rebillyProvider)(nil)
	_ provider.ProviderWithListResources      = (*rebillyProvider)(nil)
	_ provider.ProviderWithValidateConfig     = (*rebillyProvider)(nil)
)

// The environment variables of the provider's arguments.
const (
	apiKeyVariable         = "REBILLY_API_KEY"
	jwtVariable            = "REBILLY_JWT"
	organizationIDVariable = "REBILLY_ORGANIZATION_ID"
	environmentVariable    = "REBILLY_ENVIRONMENT"
	baseURLVariable        = "REBILLY_BASE_URL"

	// appendUserAgentVariable is Terraform's convention for every provider.
	appendUserAgentVariable = "TF_APPEND_USER_AGENT"
)

// rebillyProvider is the provider "rebilly". Its version appears in User-Agent headers.
type rebillyProvider struct {
	version string
	options
}

// options are what tests replace.
type options struct {
	// getenv returns the value of an environment variable.
	getenv func(string) string
	// clientConfig has the client's delays and its transport; the arguments of the
	// provider are added to it.
	clientConfig rebilly.Config
	// interrupted ends every operation when it ends; nil means never.
	interrupted context.Context
	// requests are the operations that request an export. The process must not exit
	// before the IDs of their exports are known.
	requests *inFlight
}

// rebillyProviderModel is the provider block.
type rebillyProviderModel struct {
	APIKey         types.String `tfsdk:"api_key"`
	JWT            types.String `tfsdk:"jwt"`
	OrganizationID types.String `tfsdk:"organization_id"`
	Environment    types.String `tfsdk:"environment"`
	BaseURL        types.String `tfsdk:"base_url"`
	RequestTimeout types.String `tfsdk:"request_timeout"`
	MaxRetries     types.Number `tfsdk:"max_retries"`
}

func (p *rebillyProvider) Metadata(_ context.Context, _ provider.MetadataRequest, resp *provider.MetadataResponse) {
	resp.TypeName = "rebilly"
	resp.Version = p.version
}

// maxRetriesLimit rejects typing errors that would retry for days.
const maxRetriesLimit = 100

func (p *rebillyProvider) Schema(_ context.Context, _ provider.SchemaRequest, resp *provider.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Requests, waits for, finds, and downloads organization data exports at [Rebilly](https://www.rebilly.com).",
		Attributes: map[string]schema.Attribute{
			"api_key": schema.StringAttribute{
				Optional:  true,
				Sensitive: true,
				MarkdownDescription: "Secret API key, sent in the header `REB-APIKEY`. Conflicts with `jwt`. " +
					"Can also be set with the environment variable `" + apiKeyVariable + "`.",
				Validators: []validator.String{secretFunc("value must be a secret API key", validateAPIKey)},
			},
			"jwt": schema.StringAttribute{
				Optional:  true,
				Sensitive: true,
				MarkdownDescription: "JSON Web Token, sent as `Authorization: Bearer`. Conflicts with `api_key`. " +
					"Can also be set with the environment variable `" + jwtVariable + "`.",
				Validators: []validator.String{secretFunc("value must be a JSON Web Token", validateJWT)},
			},
			"organization_id": schema.StringAttribute{
				Optional: true,
				MarkdownDescription: "Organization of everything that does not set its own `organization_id`. " +
					"Can also be set with the environment variable `" + organizationIDVariable + "`. Defaults to the credential's default organization.",
				Validators: []validator.String{validOrgID},
			},
			"environment": schema.StringAttribute{
				Optional: true,
				MarkdownDescription: "Rebilly environment: `live` (`" + rebilly.LiveBaseURL + "`) or `sandbox` (`" + rebilly.SandboxBaseURL + "`). " +
					"Conflicts with `base_url`. Can also be set with the environment variable `" + environmentVariable + "`. Defaults to `live`.",
				Validators: []validator.String{validEnvironment},
			},
			"base_url": schema.StringAttribute{
				Optional: true,
				MarkdownDescription: "Base URL of the API, such as the URL of a gateway. It must begin with `https://`; `http://` is allowed for loopback addresses only. " +
					"Conflicts with `environment`. Can also be set with the environment variable `" + baseURLVariable + "`.",
				Validators: []validator.String{secretFunc("value must be an https URL", rebilly.ValidateBaseURL)},
			},
			"request_timeout": schema.StringAttribute{
				Optional:            true,
				MarkdownDescription: "Time limit for one attempt at an API call, as a [Go duration](https://pkg.go.dev/time#ParseDuration) such as `45s` or `2m`. Defaults to `30s`.",
				Validators:          []validator.String{validDuration},
			},
			"max_retries": schema.NumberAttribute{
				Optional: true,
				MarkdownDescription: "Maximum number of retries of an API call after a connection error, the status code `408`, `425`, or `429`, or one from 500 on, except `501` and `505`. " +
					"`0` turns retries off, and `100` is the maximum. Defaults to `4`.",
				Validators: []validator.Number{wholeNumber{min: 0, max: maxRetriesLimit}},
			},
		},
	}
}

// ValidateConfig implements provider.ProviderWithValidateConfig. Its errors have
// no attribute path: Terraform would print the attribute's line, and with it a
// literal secret.
func (p *rebillyProvider) ValidateConfig(ctx context.Context, req provider.ValidateConfigRequest, resp *provider.ValidateConfigResponse) {
	var config rebillyProviderModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	// Terraform validates before it knows the values of variables, which may be null. An
	// empty value is an error of its own.
	conflict := func(first, second string, firstValue, secondValue types.String) {
		if firstValue.ValueString() != "" && secondValue.ValueString() != "" {
			resp.Diagnostics.Append(newError("Conflicting Provider Arguments",
				"The provider block sets both "+first+" and "+second+".\n\nRemove one of them."))
		}
	}
	conflict("api_key", "jwt", config.APIKey, config.JWT)
	conflict("environment", "base_url", config.Environment, config.BaseURL)
}

// Configure implements provider.Provider. It sends nothing: the first operation
// that uses an invalid credential reports it.
func (p *rebillyProvider) Configure(ctx context.Context, req provider.ConfigureRequest, resp *provider.ConfigureResponse) {
	var config rebillyProviderModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	if resp.Diagnostics.HasError() {
		return
	}
	if req.ClientCapabilities.DeferralAllowed && !req.Config.Raw.IsFullyKnown() {
		resp.Deferred = &provider.Deferred{Reason: provider.DeferredReasonProviderConfigUnknown}

		return
	}

	data, diags := p.newProviderData(config, req.TerraformVersion)
	resp.Diagnostics.Append(diags...)
	resp.Diagnostics.Append(warnAboutTerraform(req.TerraformVersion)...)
	if resp.Diagnostics.HasError() {
		return
	}
	resp.DataSourceData = data
	resp.ResourceData = data
	resp.EphemeralResourceData = data
	resp.ListResourceData = data
	resp.ActionData = data
}

// unknown returns an error for every attribute whose value is not known yet, and
// without which there is no client.
func (m rebillyProviderModel) unknown() diag.Diagnostics {
	var diags diag.Diagnostics
	needed := func(name, variable string, value attr.Value) {
		if value.IsUnknown() {
			diags.Append(unknownArgumentError(name, variable))
		}
	}
	needed("api_key", apiKeyVariable, m.APIKey)
	needed("jwt", jwtVariable, m.JWT)
	needed("environment", environmentVariable, m.Environment)
	needed("base_url", baseURLVariable, m.BaseURL)
	needed("request_timeout", "", m.RequestTimeout)
	needed("max_retries", "", m.MaxRetries)

	return diags
}

// unknownArgumentError returns the error for an argument of the provider that an
// operation needs and that is not known yet. It has no attribute path, like those
// of ValidateConfig.
func unknownArgumentError(name, variable string) diag.Diagnostic {
	alternative := "use a value that does not depend on a resource."
	if variable != "" {
		alternative = "remove " + name + " and set the environment variable " + variable + "."
	}

	return newError("Unknown Provider Argument",
		"The provider needs "+name+" to call Rebilly, and its value is known only after apply.\n\n"+
			"Apply the resource that it depends on first (terraform apply -target=ADDRESS), or "+alternative)
}

// warnAboutTerraform warns about the only version that shows sensitive
// attributes inside lists, such as signed links.
func warnAboutTerraform(version string) diag.Diagnostics {
	if !strings.HasPrefix(version, "1.0.") {
		return nil
	}

	return diag.Diagnostics{newWarning("Terraform Shows Signed Links",
		"Terraform "+version+" ignores that attributes inside lists are sensitive. It shows the signed links of exports in outputs and in terraform show. "+
			"A signed link downloads all data of the organization.\n\nUse Terraform 1.1 or later, or set include_links = false.")}
}

func (p *rebillyProvider) DataSources(context.Context) []func() datasource.DataSource {
	return []func() datasource.DataSource{newOrganizationExportDataSource, newOrganizationExportsDataSource}
}

func (p *rebillyProvider) EphemeralResources(context.Context) []func() ephemeral.EphemeralResource {
	return []func() ephemeral.EphemeralResource{newOrganizationExportEphemeralResource}
}

func (p *rebillyProvider) ListResources(context.Context) []func() list.ListResource {
	return []func() list.ListResource{newOrganizationExportListResource}
}

func (p *rebillyProvider) Actions(context.Context) []func() action.Action {
	return []func() action.Action{newRequestOrganizationExportAction, newDownloadOrganizationExportAction}
}

func (p *rebillyProvider) Resources(context.Context) []func() resource.Resource {
	return []func() resource.Resource{newOrganizationExportResource}
}
