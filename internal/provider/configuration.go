package provider

import (
	"fmt"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-timetypes/timetypes"
	"github.com/hashicorp/terraform-plugin-framework-validators/int64validator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/provider/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/rebilly/terraform-provider-rebilly/internal/rebilly"
)

// configuration is the provider's block in a configuration.
type configuration struct {
	APIKey         types.String         `tfsdk:"api_key"`
	JWT            types.String         `tfsdk:"jwt"`
	OrganizationID types.String         `tfsdk:"organization_id"`
	Environment    types.String         `tfsdk:"environment"`
	BaseURL        types.String         `tfsdk:"base_url"`
	RequestTimeout timetypes.GoDuration `tfsdk:"request_timeout"`
	MaxRetries     types.Int64          `tfsdk:"max_retries"`
}

// maxMaxRetries keeps a slip of the keyboard from retrying for days.
const maxMaxRetries = 100

func configurationSchema() schema.Schema {
	return schema.Schema{
		MarkdownDescription: "Requests, waits for, finds and reads exports of all data of an organization at [Rebilly](https://www.rebilly.com).",
		Attributes: map[string]schema.Attribute{
			"api_key": schema.StringAttribute{
				Optional:  true,
				Sensitive: true,
				MarkdownDescription: "Secret API key, sent in the header `REB-APIKEY`. Conflicts with `jwt`. " +
					"Can be given as the environment variable `" + apiKeyVariable + "`.",
				Validators: []validator.String{
					checked("a secret API key", rebilly.ValidateCredential),
					stringvalidator.ConflictsWith(path.MatchRoot("jwt")),
				},
			},
			"jwt": schema.StringAttribute{
				Optional:  true,
				Sensitive: true,
				MarkdownDescription: "JSON Web Token, sent as `Authorization: Bearer`. Conflicts with `api_key`. " +
					"Can be given as the environment variable `" + jwtVariable + "`.",
				Validators: []validator.String{checked("a JSON Web Token", rebilly.ValidateCredential)},
			},
			"organization_id": schema.StringAttribute{
				Optional: true,
				MarkdownDescription: "Organization whose exports are read. Without it, Rebilly takes the credential's default organization. " +
					"Can be given as the environment variable `" + organizationIDVariable + "`.",
				Validators: []validator.String{checked("the id of an organization", rebilly.ValidateID)},
			},
			"environment": schema.StringAttribute{
				Optional: true,
				MarkdownDescription: "Rebilly's environment: `live` (`" + rebilly.LiveBaseURL + "`, the default) or `sandbox` (`" + rebilly.SandboxBaseURL + "`). " +
					"Conflicts with `base_url`. Can be given as the environment variable `" + environmentVariable + "`.",
				Validators: []validator.String{
					checked("`live` or `sandbox`", validateEnvironment),
					stringvalidator.ConflictsWith(path.MatchRoot("base_url")),
				},
			},
			"base_url": schema.StringAttribute{
				Optional: true,
				MarkdownDescription: "URL of another host that answers as the API, such as a gateway. It must begin with `https://`; `http://` is for loopback addresses alone. " +
					"Conflicts with `environment`. Can be given as the environment variable `" + baseURLVariable + "`.",
				Validators: []validator.String{checked("the URL of an API", rebilly.ValidateBaseURL)},
			},
			"request_timeout": schema.StringAttribute{
				Optional:            true,
				CustomType:          timetypes.GoDurationType{},
				MarkdownDescription: "How long one attempt at a request may take, as a [Go duration](https://pkg.go.dev/time#ParseDuration) such as `45s` or `2m`. Defaults to `30s`.",
				Validators:          []validator.String{checked("a duration above zero", validateTimeout)},
			},
			"max_retries": schema.Int64Attribute{
				Optional: true,
				MarkdownDescription: "How often a request is repeated after a connection error or an answer of 429, 500, 502, 503 or 504. " +
					"`0` turns retries off. Defaults to `4`.",
				Validators: []validator.Int64{int64validator.Between(0, maxMaxRetries)},
			},
		},
	}
}

var environments = map[string]string{
	"live":    rebilly.LiveBaseURL,
	"sandbox": rebilly.SandboxBaseURL,
}

func validateEnvironment(name string) error {
	if _, known := environments[name]; !known {
		return fmt.Errorf("%q is no environment of Rebilly; give live or sandbox, or use base_url for another host", name)
	}

	return nil
}

// validateTimeout leaves what is no duration at all to the attribute's type.
func validateTimeout(text string) error {
	if timeout, err := time.ParseDuration(text); err == nil && timeout <= 0 {
		return fmt.Errorf("%q leaves no time for an answer; give a duration above zero, such as 30s", text)
	}

	return nil
}

// unknown returns an error for every attribute whose value is not known yet.
func (c configuration) unknown() diag.Diagnostics {
	var diagnostics diag.Diagnostics
	for _, attribute := range []struct {
		name, variable string
		value          attr.Value
	}{
		{"api_key", apiKeyVariable, c.APIKey},
		{"jwt", jwtVariable, c.JWT},
		{"organization_id", organizationIDVariable, c.OrganizationID},
		{"environment", environmentVariable, c.Environment},
		{"base_url", baseURLVariable, c.BaseURL},
		{"request_timeout", "", c.RequestTimeout},
		{"max_retries", "", c.MaxRetries},
	} {
		if !attribute.value.IsUnknown() {
			continue
		}
		remedy := "or give a value that does not depend on another resource."
		if attribute.variable != "" {
			remedy = fmt.Sprintf("or leave the attribute out and set the environment variable %s.", attribute.variable)
		}
		diagnostics.AddAttributeError(path.Root(attribute.name),
			"Unknown Provider Configuration: "+attribute.name,
			fmt.Sprintf("The provider needs %s to read from Rebilly, and its value is not known before apply, because another resource makes it. "+
				"Apply that resource first (terraform apply -target=...), %s", attribute.name, remedy))
	}

	return diagnostics
}
