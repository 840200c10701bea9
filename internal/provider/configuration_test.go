package provider

import (
	"net/http"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/rebilly/terraform-provider-rebilly/internal/rebillytest"
)

// requestOf configures a provider and returns what it sends to read an export.
func requestOf(t *testing.T, variables map[string]string, attributes values) rebillytest.Request {
	t.Helper()
	api := rebillytest.NewFor(t)
	host := ""
	world := in(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host = r.URL.Scheme + "://" + r.Host
		api.ServeHTTP(w, r)
	}), variables)
	terraform := speak(t, world)
	mustSucceed(t, terraform.validate(attributes))
	mustSucceed(t, terraform.configure(attributes))
	api.Add("org_eu", rebillytest.Completed(exportID, rebillytest.Created))
	_, diagnostics := terraform.read(exportID)
	mustSucceed(t, diagnostics)
	request := api.Requests()[0]
	request.Header.Set("Host", host)

	return request
}

func TestOneCredentialInTheConfigurationBeatsEveryVariable(t *testing.T) {
	t.Parallel()
	variables := map[string]string{apiKeyVariable: "key of the environment\n", jwtVariable: "token-of-the-environment"}
	tests := map[string]struct {
		attributes values
		header     string
		want       string
	}{
		"api_key": {values{"api_key": rebillytest.SecretKey}, "REB-APIKEY", rebillytest.SecretKey},
		"jwt":     {values{"jwt": rebillytest.JWT}, "Authorization", "Bearer " + rebillytest.JWT},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if got := requestOf(t, variables, test.attributes).Header.Get(test.header); got != test.want {
				t.Errorf("%s was %q", test.header, got)
			}
		})
	}
}

func TestAVariableStandsInForItsAttribute(t *testing.T) {
	t.Parallel()
	key := map[string]string{apiKeyVariable: rebillytest.SecretKey}
	with := func(name, value string) map[string]string {
		return map[string]string{apiKeyVariable: rebillytest.SecretKey, name: value}
	}
	tests := map[string]struct {
		variables  map[string]string
		attributes values
		header     string
		want       string
		path       string
	}{
		apiKeyVariable:         {key, nil, "REB-APIKEY", rebillytest.SecretKey, "/organization-exports/" + exportID},
		jwtVariable:            {map[string]string{jwtVariable: rebillytest.JWT}, nil, "Authorization", "Bearer " + rebillytest.JWT, "/organization-exports/" + exportID},
		organizationIDVariable: {with(organizationIDVariable, "org_eu"), nil, "Host", "https://api.rebilly.com", "/organizations/org_eu/organization-exports/" + exportID},
		environmentVariable:    {with(environmentVariable, "sandbox"), nil, "Host", "https://api-sandbox.rebilly.com", "/organization-exports/" + exportID},
		baseURLVariable:        {with(baseURLVariable, "https://gateway.example.com"), nil, "Host", "https://gateway.example.com", "/organization-exports/" + exportID},
		"none":                 {key, nil, "Host", "https://api.rebilly.com", "/organization-exports/" + exportID},
		"empty ones": {map[string]string{
			apiKeyVariable: rebillytest.SecretKey, jwtVariable: "", organizationIDVariable: "", environmentVariable: "", baseURLVariable: "",
		}, nil, "Host", "https://api.rebilly.com", "/organization-exports/" + exportID},
		"an organization of the configuration beats it":                       {with(organizationIDVariable, "org_us"), values{"organization_id": "org_eu"}, "Host", "https://api.rebilly.com", "/organizations/org_eu/organization-exports/" + exportID},
		"an environment of the configuration beats a host of the environment": {with(baseURLVariable, "https://gateway.example.com"), values{"environment": "sandbox"}, "Host", "https://api-sandbox.rebilly.com", "/organization-exports/" + exportID},
		"a host of the configuration beats an environment of the environment": {with(environmentVariable, "sandbox"), values{"base_url": "http://127.0.0.1:8080"}, "Host", "http://127.0.0.1:8080", "/organization-exports/" + exportID},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			request := requestOf(t, test.variables, test.attributes)
			if got := request.Header.Get(test.header); got != test.want {
				t.Errorf("%s was %q, want %q", test.header, got, test.want)
			}
			if request.Path != test.path {
				t.Errorf("the path was %s, want %s", request.Path, test.path)
			}
		})
	}
}

func TestTwoInTheConfigurationThatExcludeEachOtherAreAnErrorAtValidate(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		attributes values
		attribute  string
		other      string
	}{
		"two credentials": {values{"api_key": rebillytest.SecretKey, "jwt": rebillytest.JWT}, "api_key", `"jwt"`},
		"two hosts":       {values{"environment": "live", "base_url": "https://gateway.example.com"}, "environment", `"base_url"`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			terraform := speak(t, in(rebillytest.NewFor(t), nil))
			mustFail(t, terraform.validate(test.attributes), test.attribute, test.other, "cannot be specified when")
			test.attributes["api_key"] = rebillytest.SecretKey
			mustFail(t, terraform.configure(test.attributes), "", "Conflicting Provider Configuration", "Remove one of the two")
		})
	}
}

func TestTwoVariablesThatExcludeEachOtherAreAnErrorThatNamesBoth(t *testing.T) {
	t.Parallel()
	tests := map[string]map[string]string{
		"two credentials": {apiKeyVariable: rebillytest.SecretKey, jwtVariable: rebillytest.JWT},
		"two hosts":       {apiKeyVariable: rebillytest.SecretKey, environmentVariable: "live", baseURLVariable: "https://gateway.example.com"},
	}
	words := map[string][]string{
		"two credentials": {apiKeyVariable, jwtVariable, "api_key", "jwt"},
		"two hosts":       {environmentVariable, baseURLVariable, "environment", "base_url"},
	}
	for name, variables := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			mustFail(t, speak(t, in(rebillytest.NewFor(t), variables)).configure(nil), "", words[name]...)
		})
	}
}

func TestNoCredentialIsAnErrorThatNamesAttributesAndVariables(t *testing.T) {
	t.Parallel()
	terraform := speak(t, in(rebillytest.NewFor(t), map[string]string{apiKeyVariable: "", jwtVariable: ""}))
	mustSucceed(t, terraform.validate(nil))
	mustFail(t, terraform.configure(nil), "", "Missing Rebilly Credential", "api_key", "jwt", apiKeyVariable, jwtVariable)
}

func TestAValueThatCannotBeUsedIsAnErrorOfItsAttributeWhereverItStands(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		attribute, variable, value, want string
	}{
		"api_key with its newline":     {"api_key", apiKeyVariable, rebillytest.SecretKey + "\n", "begins or ends with white space"},
		"api_key with a line break":    {"api_key", apiKeyVariable, rebillytest.SecretKey + "\r\nX-Evil: 1", "cannot stand in an HTTP header"},
		"jwt with a space before":      {"jwt", jwtVariable, " " + rebillytest.JWT, "begins or ends with white space"},
		"jwt with a control character": {"jwt", jwtVariable, rebillytest.JWT + "\x00", "cannot stand in an HTTP header"},
		"jwt with its scheme":          {"jwt", jwtVariable, "Bearer " + rebillytest.JWT, "give the token alone"},
		"organization_id that climbs":  {"organization_id", organizationIDVariable, "..", "would change the path"},
		"organization_id with a slash": {"organization_id", organizationIDVariable, "a/b", "letters, digits"},
		"environment that is none":     {"environment", environmentVariable, "production", "live or sandbox"},
		"base_url without encryption":  {"base_url", baseURLVariable, "http://api.rebilly.com", "use https"},
		"base_url with a password":     {"base_url", baseURLVariable, "https://u:" + rebillytest.SecretKey + "@api.rebilly.com", "user name or password"},
		"base_url that is none":        {"base_url", baseURLVariable, "api.rebilly.com", "does not begin with https://"},
	}
	for name, test := range tests {
		t.Run(name+" in the configuration", func(t *testing.T) {
			t.Parallel()
			terraform := speak(t, in(rebillytest.NewFor(t), nil))
			mustFail(t, terraform.validate(values{test.attribute: test.value}), test.attribute, "The attribute "+test.attribute, test.want)
		})
		t.Run(name+" in the environment", func(t *testing.T) {
			t.Parallel()
			variables := map[string]string{apiKeyVariable: rebillytest.SecretKey}
			if test.attribute == "jwt" {
				variables = map[string]string{}
			}
			variables[test.variable] = test.value
			mustFail(t, speak(t, in(rebillytest.NewFor(t), variables)).configure(nil), test.attribute, "The environment variable "+test.variable, test.want)
		})
	}
}

func TestAnEmptyStringInTheConfigurationIsAnError(t *testing.T) {
	t.Parallel()
	for _, attribute := range []string{"api_key", "jwt", "organization_id", "environment", "base_url", "request_timeout"} {
		t.Run(attribute, func(t *testing.T) {
			t.Parallel()
			mustFail(t, speak(t, in(rebillytest.NewFor(t), nil)).validate(values{attribute: ""}), attribute)
		})
	}
}

func TestTimeoutAndRetriesMustMakeSense(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		attribute string
		value     any
		want      string
	}{
		"no duration":     {"request_timeout", "half a minute", "Invalid Time Duration String Value"},
		"no unit":         {"request_timeout", "30", "Invalid Time Duration String Value"},
		"no time":         {"request_timeout", "0s", "duration above zero"},
		"negative time":   {"request_timeout", "-1s", "duration above zero"},
		"negative number": {"max_retries", -1, "between 0 and 100"},
		"too many":        {"max_retries", 101, "between 0 and 100"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			mustFail(t, speak(t, in(rebillytest.NewFor(t), nil)).validate(values{test.attribute: test.value}), test.attribute, test.want)
		})
	}
}

func TestMaxRetriesIsFourWithoutAValueAndZeroTurnsRetriesOff(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		value any
		want  int
	}{"default": {nil, 5}, "off": {0, 1}, "two": {2, 3}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			api := rebillytest.NewFor(t)
			api.FailAlways(rebillytest.Problem(http.StatusBadGateway, "Bad Gateway", ""))
			terraform := speak(t, in(api, nil))
			mustSucceed(t, terraform.configure(values{"api_key": rebillytest.SecretKey, "max_retries": test.value}))
			_, diagnostics := terraform.read(exportID)
			mustFail(t, diagnostics, "", "Bad Gateway")
			if sent := len(api.Requests()); sent != test.want {
				t.Errorf("%d requests were sent, want %d", sent, test.want)
			}
		})
	}
}

func TestRequestTimeoutBoundsOneAttempt(t *testing.T) {
	t.Parallel()
	api := rebillytest.NewFor(t)
	api.Fail(rebillytest.Hang())
	terraform := speak(t, in(api, nil))
	mustSucceed(t, terraform.configure(values{"api_key": rebillytest.SecretKey, "request_timeout": "10ms", "max_retries": 0}))
	_, diagnostics := terraform.read(exportID)
	mustFail(t, diagnostics, "", "within the request timeout of 10ms", "request_timeout")
}

func TestAnUnknownValueIsAnErrorOfItsAttributeThatSaysWhatToDo(t *testing.T) {
	t.Parallel()
	for _, attribute := range []string{"api_key", "jwt", "organization_id", "environment", "base_url", "request_timeout", "max_retries"} {
		t.Run(attribute, func(t *testing.T) {
			t.Parallel()
			terraform := speak(t, in(rebillytest.NewFor(t), map[string]string{apiKeyVariable: rebillytest.SecretKey}))
			mustSucceed(t, terraform.validate(values{attribute: unknown}))
			mustFail(t, terraform.configure(values{attribute: unknown}), attribute, attribute, "not known before apply", "-target")
		})
	}
}

func TestAnUnknownValueIsDeferredWhereTheCLIAllowsIt(t *testing.T) {
	t.Parallel()
	api := rebillytest.NewFor(t)
	terraform := speak(t, in(api, nil))
	mustSucceed(t, terraform.configureBy("1.11.4", values{"api_key": unknown}, true))
	answer, err := terraform.server.ReadDataSource(t.Context(), &tfprotov6.ReadDataSourceRequest{
		TypeName:           objectType,
		Config:             terraform.object(terraform.schema.DataSourceSchemas[objectType], values{"id": exportID}),
		ClientCapabilities: &tfprotov6.ReadDataSourceClientCapabilities{DeferralAllowed: true},
	})
	if err != nil {
		t.Fatal(err)
	}
	mustSucceed(t, answer.Diagnostics)
	if answer.Deferred == nil || answer.Deferred.Reason != tfprotov6.DeferredReasonProviderConfigUnknown {
		t.Errorf("the read was not deferred: %+v", answer.Deferred)
	}
	if sent := len(api.Requests()); sent != 0 {
		t.Errorf("%d requests were sent", sent)
	}
}

func TestConfigureSendsNothing(t *testing.T) {
	t.Parallel()
	api := rebillytest.NewFor(t)
	mustSucceed(t, speak(t, in(api, nil)).configure(values{"api_key": "sk_that_nobody_knows", "organization_id": "org_eu"}))
	if sent := len(api.Requests()); sent != 0 {
		t.Errorf("%d requests were sent", sent)
	}
}

func TestCredentialsAreSensitive(t *testing.T) {
	t.Parallel()
	sensitive := map[string]bool{"api_key": true, "jwt": true}
	attributes := speak(t, in(rebillytest.NewFor(t), nil)).schema.Provider.Block.Attributes
	if len(attributes) != 7 {
		t.Errorf("the provider has %d attributes", len(attributes))
	}
	for _, attribute := range attributes {
		if attribute.Sensitive != sensitive[attribute.Name] {
			t.Errorf("%s: sensitive is %t", attribute.Name, attribute.Sensitive)
		}
		if attribute.Description == "" || attribute.Type.Is(tftypes.DynamicPseudoType) {
			t.Errorf("%s has no description or no type", attribute.Name)
		}
	}
}

func TestTheUserAgentNamesTerraformAndTheProvider(t *testing.T) {
	t.Parallel()
	got := requestOf(t, nil, values{"api_key": rebillytest.SecretKey}).Header.Get("User-Agent")
	if want := "Terraform/1.11.4 (+https://www.terraform.io) terraform-provider-rebilly/1.2.3"; got != want {
		t.Errorf("the User-Agent was %q, want %q", got, want)
	}
}

func TestTerraformThatDoesNotHideLinksIsWarnedOf(t *testing.T) {
	t.Parallel()
	terraform := speak(t, in(rebillytest.NewFor(t), nil))
	for version, warned := range map[string]bool{
		"1.0.0": true, "1.0.11": true,
		"1.1.0": false, "1.10.0": false, "2.0.0": false,
	} {
		diagnostics := terraform.configureBy(version, values{"api_key": rebillytest.SecretKey}, false)
		if !warned {
			mustSucceed(t, diagnostics)

			continue
		}
		if len(diagnostics) != 1 || diagnostics[0].Severity != tfprotov6.DiagnosticSeverityWarning || !strings.Contains(diagnostics[0].Detail, "Use Terraform 1.1 or newer") {
			t.Errorf("Terraform %s: %s", version, messages(diagnostics))
		}
	}
}
