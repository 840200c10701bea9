package provider

import (
	"cmp"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"
	"unicode"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/rebilly/terraform-provider-rebilly/internal/rebilly"
)

var environments = map[string]string{
	"live":    rebilly.LiveBaseURL,
	"sandbox": rebilly.SandboxBaseURL,
}

// providerData is what Configure gives to all objects: the client, and facts for
// their diagnostics.
type providerData struct {
	options

	client *rebilly.Client
	// missing are the errors of every operation that calls the API: an argument of
	// the provider is missing, or not known yet. Then there is no client.
	missing diag.Diagnostics
	// credential authenticates the client.
	credential rebilly.Credential
	// organization is the provider's default organization.
	organization resolvedSetting
	// credentialSource says where the credential is set, never the credential.
	credentialSource string
	// host is the argument that decides the base URL; the zero value means the
	// default. environment is the name of the environment, or the base URL.
	host        resolvedSetting
	environment string

	// current has the IDs of the exports that this process has read or requested
	// since it was configured; see markCurrent.
	current sync.Map
}

// providerDataFrom returns the provider data of a Configure request. It is nil
// during validation, which precedes the provider's Configure.
func providerDataFrom(data any, diags *diag.Diagnostics) *providerData {
	configured, ok := data.(*providerData)
	if !ok && data != nil {
		diags.Append(newError("Unexpected Provider Data",
			fmt.Sprintf("The provider data has the type %T instead of *providerData. This is a defect of the provider. Report it to its developers.", data)))
	}

	return configured
}

// organizationFor returns the organization of an object whose configuration has
// the given one: that, or else the provider's, which may be unknown, or else null,
// which means the credential's default organization.
func (d *providerData) organizationFor(configured types.String) types.String {
	if configured.IsNull() {
		return d.organization.value
	}

	return configured
}

// ready returns an error for every argument of the provider without which the API
// cannot be called for the given organization.
func (d *providerData) ready(organizationID types.String) diag.Diagnostics {
	diags := slices.Clone(d.missing)
	if organizationID.IsUnknown() {
		diags.Append(unknownArgumentError("organization_id", organizationIDVariable))
	}

	return diags
}

// setting is an argument of the provider and its environment variable.
type setting struct {
	attribute, variable string
	configured          types.String
	validate            func(string) error
}

// resolvedSetting is the setting that applies, its value, and where that is set. The
// value may be known only after apply.
type resolvedSetting struct {
	setting

	value  types.String
	source string
}

// resolve returns the one of settings that applies; at most one of them may be
// set. The configuration takes precedence over all environment variables, and
// an empty variable counts as not set. It returns the zero value if none is
// set. Its errors have no attribute path: the value may be a secret, and
// Terraform would print it.
func (o options) resolve(settings ...setting) (resolvedSetting, diag.Diagnostics) {
	var found []resolvedSetting
	// Terraform's own text about an invalid provider requires an explicit configuration.
	hint := ""
	for _, s := range settings {
		if !s.configured.IsNull() {
			found = append(found, resolvedSetting{s, s.configured, s.attribute + " in the provider configuration"})
		}
	}
	if len(found) == 0 {
		hint = "\n\nCorrect the variable. No provider block is needed."
		for _, s := range settings {
			if value := o.getenv(s.variable); value != "" {
				found = append(found, resolvedSetting{s, types.StringValue(value), "the environment variable " + s.variable})
			}
		}
	}
	// An unknown value may turn out to be null.
	unknown := slices.IndexFunc(found, func(s resolvedSetting) bool { return s.value.IsUnknown() })
	switch {
	case len(found) == 0:
		return resolvedSetting{}, nil
	case unknown >= 0:
		return found[unknown], nil
	case len(found) > 1:
		return found[0], diag.Diagnostics{newError("Conflicting Provider Arguments",
			fmt.Sprintf("Both %s and %s are set.\n\nRemove one of them; no provider block is needed. Or set %s or %s in the provider configuration, which takes precedence over the environment.",
				found[0].source, found[1].source, found[0].attribute, found[1].attribute))}
	}
	if err := found[0].validate(found[0].value.ValueString()); err != nil {
		return found[0], diag.Diagnostics{newError(invalidSummary, "The value of "+found[0].source+" is invalid: "+err.Error()+"."+hint)}
	}

	return found[0], nil
}

// newProviderData creates the client from the configuration and the environment.
// What is missing or unknown is not an error before an operation needs it: no
// operation may need it, or only one after the resource that it depends on.
func (p *rebillyProvider) newProviderData(config rebillyProviderModel, terraformVersion string) (*providerData, diag.Diagnostics) {
	var diags diag.Diagnostics
	resolve := func(settings ...setting) resolvedSetting {
		result, more := p.resolve(settings...)
		diags.Append(more...)

		return result
	}
	credential := resolve(
		setting{"api_key", apiKeyVariable, config.APIKey, validateAPIKey},
		setting{"jwt", jwtVariable, config.JWT, validateJWT},
	)
	host := resolve(
		setting{"environment", environmentVariable, config.Environment, validEnvironment.validate},
		setting{"base_url", baseURLVariable, config.BaseURL, rebilly.ValidateBaseURL},
	)
	organization := resolve(
		setting{"organization_id", organizationIDVariable, config.OrganizationID, validateOrganizationID},
	)
	if diags.HasError() {
		return nil, diags
	}

	environment := cmp.Or(host.value.ValueString(), "live")
	if host.value.IsUnknown() {
		environment = "known after apply"
	}
	diags.Append(keyEnvironmentError(credential, host, environment)...)
	if diags.HasError() {
		return nil, diags
	}
	data := &providerData{
		options:          p.options,
		missing:          config.unknown(),
		organization:     organization,
		credentialSource: credential.source,
		host:             host,
		environment:      environment,
	}
	if credential.source == "" {
		data.missing.Append(newError("Missing Rebilly Credential",
			"The provider needs a credential and found none.\n\n"+
				"Create an API key in Rebilly (Automations > API keys). Set the environment variable "+apiKeyVariable+" or "+jwtVariable+
				", or set api_key or jwt in the provider configuration."))
	}
	if data.missing.HasError() {
		return data, diags
	}

	data.credential = rebilly.SecretKey(credential.value.ValueString())
	if credential.attribute == "jwt" {
		data.credential = rebilly.JWT(credential.value.ValueString())
	}
	clientConfig := p.clientConfig
	clientConfig.BaseURL = cmp.Or(environments[environment], environment)
	clientConfig.Credential = data.credential
	clientConfig.OtherSecrets = proxySecrets(p.getenv)
	clientConfig.UserAgent = userAgent(terraformVersion, p.version, p.getenv(appendUserAgentVariable))
	clientConfig.MaxRetries = toInt(config.MaxRetries, rebilly.DefaultMaxRetries)
	clientConfig.Logger = slog.New(tflogHandler{off: logsAreOff(p.getenv)})
	// Null is the client's default.
	clientConfig.RequestTimeout, _ = time.ParseDuration(config.RequestTimeout.ValueString())
	var err error
	if data.client, err = rebilly.NewClient(clientConfig); err != nil {
		diags.Append(newError("Invalid Provider Configuration", "The provider cannot call Rebilly: "+err.Error()+"."))
	}

	return data, diags
}

// keyEnvironmentError returns the error for a secret API key of another environment.
// Nobody knows the environment of a base_url.
func keyEnvironmentError(credential, host resolvedSetting, environment string) diag.Diagnostics {
	if credential.attribute != "api_key" || host.attribute == "base_url" || host.value.IsUnknown() {
		return nil
	}
	for _, other := range []string{"live", "sandbox"} {
		if other != environment && strings.HasPrefix(credential.value.ValueString(), "sk_"+other+"_") {
			fix := fmt.Sprintf("Set environment = %q in the provider configuration", other)
			if host.configured.IsNull() {
				fix = fmt.Sprintf("Set the environment variable %s=%s, with which no provider block is needed", environmentVariable, other)
			}

			return diag.Diagnostics{newError("Key of Another Environment", fmt.Sprintf(
				"The key in %s begins with sk_%s_, and the environment is %s (from %s).\n\n%s, or use a key that begins with sk_%s_.",
				credential.source, other, environment, cmp.Or(host.source, "the default"), fix, environment))}
		}
	}

	return nil
}

// userAgent returns the value of the User-Agent header. What the user appends
// must not start a new header.
func userAgent(terraformVersion, providerVersion, appended string) string {
	agent := fmt.Sprintf("Terraform/%s (+https://www.terraform.io) terraform-provider-rebilly/%s", terraformVersion, providerVersion)
	appended = strings.TrimSpace(strings.Map(func(character rune) rune {
		if character > unicode.MaxASCII || !unicode.IsPrint(character) {
			return -1
		}

		return character
	}, appended))

	return strings.TrimSpace(agent + " " + appended)
}
