package provider

import (
	"context"
	"fmt"
	"log/slog"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/rebilly/terraform-provider-rebilly/internal/rebilly"
)

// The environment variables that stand in for attributes of the provider.
const (
	apiKeyVariable         = "REBILLY_API_KEY"
	jwtVariable            = "REBILLY_JWT"
	organizationIDVariable = "REBILLY_ORGANIZATION_ID"
	environmentVariable    = "REBILLY_ENVIRONMENT"
	baseURLVariable        = "REBILLY_BASE_URL"
)

// connection is what Configure hands to Terraform's objects: the client, and
// what their diagnostics say of how it was configured.
type connection struct {
	client *rebilly.Client
	// credential names where the credential came from, never the credential.
	credential string
	// organization and host name what is asked.
	organization string
	host         string
	// interrupted ends when the process is interrupted.
	interrupted context.Context
}

// connectionOf returns what Configure handed over. It is nil while Terraform
// validates, which comes before it configures the provider.
func connectionOf(providerData any) *connection {
	connected, _ := providerData.(*connection)

	return connected
}

// setting is an attribute of the provider and the environment variable that
// stands in for it.
type setting struct {
	attribute, variable string
	value               types.String
	check               func(string) error
}

// chosen is the setting that applies, its value, and where that came from.
type chosen struct {
	attribute, value, origin string
}

// choose returns which of settings applies; at most one of them may be set.
// What the configuration sets beats every variable, and an empty variable is
// one that is not set. It returns the zero value where none is set.
func (s surroundings) choose(settings ...setting) (chosen, diag.Diagnostics) {
	var (
		found       []chosen
		check       func(string) error
		diagnostics diag.Diagnostics
	)
	for _, setting := range settings {
		if !setting.value.IsNull() {
			found = append(found, chosen{setting.attribute, setting.value.ValueString(), "The attribute " + setting.attribute})
			check = setting.check
		}
	}
	if len(found) == 0 {
		for _, setting := range settings {
			if value := s.getenv(setting.variable); value != "" {
				found = append(found, chosen{setting.attribute, value, "The environment variable " + setting.variable})
				check = setting.check
			}
		}
	}

	switch len(found) {
	case 0:
		return chosen{}, nil
	case 1:
		if err := check(found[0].value); err != nil {
			diagnostics.Append(invalid(path.Root(found[0].attribute), found[0].origin, err))
		}
	default:
		diagnostics.AddError("Conflicting Provider Configuration",
			fmt.Sprintf("%s and %s are both set, and only one of them can apply. Remove one of the two, "+
				"or set the attribute %s or %s in the provider's configuration, which beats the environment.",
				found[0].origin, lowerFirst(found[1].origin), found[0].attribute, found[1].attribute))
	}

	return found[0], diagnostics
}

// connect makes the client that configured and the environment ask for.
func (p *rebillyProvider) connect(configured configuration, terraformVersion string) (*connection, diag.Diagnostics) {
	var diagnostics diag.Diagnostics
	choose := func(settings ...setting) chosen {
		result, problems := p.choose(settings...)
		diagnostics.Append(problems...)

		return result
	}
	credential := choose(
		setting{"api_key", apiKeyVariable, configured.APIKey, rebilly.ValidateCredential},
		setting{"jwt", jwtVariable, configured.JWT, rebilly.ValidateCredential},
	)
	host := choose(
		setting{"environment", environmentVariable, configured.Environment, validateEnvironment},
		setting{"base_url", baseURLVariable, configured.BaseURL, rebilly.ValidateBaseURL},
	)
	organization := choose(
		setting{"organization_id", organizationIDVariable, configured.OrganizationID, rebilly.ValidateID},
	)
	if diagnostics.HasError() {
		return nil, diagnostics
	}
	if credential.value == "" {
		diagnostics.AddError("Missing Rebilly Credential",
			"The provider needs a credential and found none. Set the attribute api_key or jwt, "+
				"or the environment variable "+apiKeyVariable+" or "+jwtVariable+".")

		return nil, diagnostics
	}

	address, described := baseURL(host)
	config := rebilly.Config{
		BaseURL:        address,
		Credential:     rebilly.SecretKey(credential.value),
		OrganizationID: organization.value,
		UserAgent:      userAgent(terraformVersion, p.version),
		MaxRetries:     rebilly.DefaultMaxRetries,
		RetryWaitMin:   p.retryWait,
		RetryWaitMax:   p.retryWait,
		PollWaitMin:    p.pollWait,
		PollWaitMax:    p.pollWait,
		Transport:      p.transport,
		Logger:         slog.New(tflogHandler{leastLevel(p.getenv)}),
	}
	if credential.attribute == "jwt" {
		config.Credential = rebilly.JWT(credential.value)
	}
	if !configured.MaxRetries.IsNull() {
		config.MaxRetries = int(configured.MaxRetries.ValueInt64())
	}
	if !configured.RequestTimeout.IsNull() {
		timeout, problems := configured.RequestTimeout.ValueGoDuration()
		diagnostics.Append(problems...)
		config.RequestTimeout = timeout
	}
	client, err := rebilly.NewClient(config)
	if err != nil {
		diagnostics.AddError("Invalid Provider Configuration", "The provider cannot call the API: "+err.Error()+".")
	}

	return &connection{
		client:       client,
		interrupted:  p.interrupted,
		credential:   lowerFirst(credential.origin),
		organization: describeOrganization(organization.value),
		host:         described,
	}, diagnostics
}

// baseURL returns the URL that host stands for, and words for it.
func baseURL(host chosen) (address, described string) {
	if host.attribute == "base_url" {
		return host.value, host.value
	}
	environment := host.value
	if environment == "" {
		environment = "live"
	}

	return environments[environment], "the " + environment + " environment"
}

func describeOrganization(id string) string {
	if id == "" {
		return "the credential's default organization"
	}

	return "the organization " + id
}

func userAgent(terraformVersion, providerVersion string) string {
	return fmt.Sprintf("Terraform/%s (+https://www.terraform.io) terraform-provider-rebilly/%s", terraformVersion, providerVersion)
}

// lowerFirst puts a sentence's beginning into the middle of another.
func lowerFirst(text string) string {
	return strings.ToLower(text[:1]) + text[1:]
}
