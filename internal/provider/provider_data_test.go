package provider

import (
	"maps"
	"net/http"
	"testing"

	"github.com/rebilly/terraform-provider-rebilly/internal/rebillytest"
)

// requestOf configures a provider and returns the request that it sends to read
// an export. The header Host has the scheme and the host.
func requestOf(t *testing.T, variables map[string]string, attributes values) rebillytest.Request {
	t.Helper()
	api := rebillytest.NewFor(t)
	host := ""
	terraform := startProvider(t, inMemory(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		host = r.URL.Scheme + "://" + r.Host
		api.ServeHTTP(w, r)
	}), variables))
	mustSucceed(t, terraform.validate(attributes))
	mustSucceed(t, terraform.configure(attributes))
	api.Add("org_eu", rebillytest.Completed(exportID, rebillytest.Created))
	_, diagnostics := terraform.readWith(values{"id": exportID})
	mustSucceed(t, diagnostics)
	request := api.Requests()[0]
	request.Header.Set("Host", host)

	return request
}

func TestProviderData_settings(t *testing.T) {
	t.Parallel()
	const sandbox, gateway = "https://api-sandbox.rebilly.com", "https://gateway.example.com"
	type variables map[string]string
	// An invalid value in a variable that is not used is not an error.
	bothCredentials := variables{apiKeyVariable: "key of the environment\n", jwtVariable: "token-of-the-environment"}
	for name, test := range map[string]struct {
		// The variables include the one of an API key.
		variables  variables
		attributes values
		// Without a header and a value, the request is for the default host, and without
		// an organization for the credential's.
		header, want, organization string
	}{
		apiKeyVariable:         {header: "REB-APIKEY", want: rebillytest.SecretKey},
		jwtVariable:            {variables: variables{apiKeyVariable: "", jwtVariable: rebillytest.JWT}, header: "Authorization", want: "Bearer " + rebillytest.JWT},
		organizationIDVariable: {variables: variables{organizationIDVariable: "org_eu"}, organization: "org_eu"},
		environmentVariable:    {variables: variables{environmentVariable: "sandbox"}, header: "Host", want: sandbox},
		baseURLVariable:        {variables: variables{baseURLVariable: gateway}, header: "Host", want: gateway},
		"empty variables":      {variables: variables{jwtVariable: "", organizationIDVariable: "", environmentVariable: "", baseURLVariable: ""}},

		"api_key over variables":         {variables: bothCredentials, attributes: values{"api_key": rebillytest.SecretKey}, header: "REB-APIKEY", want: rebillytest.SecretKey},
		"jwt over variables":             {variables: bothCredentials, attributes: values{"jwt": rebillytest.JWT}, header: "Authorization", want: "Bearer " + rebillytest.JWT},
		"organization_id over variables": {variables: variables{organizationIDVariable: "org_us"}, attributes: values{"organization_id": "org_eu"}, organization: "org_eu"},
		"environment over variables":     {variables: variables{baseURLVariable: gateway}, attributes: values{"environment": "sandbox"}, header: "Host", want: sandbox},
		"base_url over variables":        {variables: variables{environmentVariable: "sandbox"}, attributes: values{"base_url": "http://127.0.0.1:8080"}, header: "Host", want: "http://127.0.0.1:8080"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if test.header == "" {
				test.header, test.want = "Host", "https://api.rebilly.com"
			}
			all := variables{apiKeyVariable: rebillytest.SecretKey}
			maps.Copy(all, test.variables)
			request := requestOf(t, all, test.attributes)
			if got := request.Header.Get(test.header); got != test.want {
				t.Errorf("%s was %q, want %q", test.header, got, test.want)
			}
			if want := exportsPath(test.organization, exportID); request.Path != want {
				t.Errorf("the path was %s, want %s", request.Path, want)
			}
			if request.Header.Get("REB-APIKEY") != "" && request.Header.Get("Authorization") != "" {
				t.Error("two credentials were sent")
			}
		})
	}
}

func TestProviderData_conflictingVariables(t *testing.T) {
	t.Parallel()
	for _, variables := range []map[string]string{
		{apiKeyVariable: rebillytest.SecretKey, jwtVariable: rebillytest.JWT},
		{apiKeyVariable: rebillytest.SecretKey, environmentVariable: "live", baseURLVariable: "https://gateway.example.com"},
	} {
		mustFail(t, unconfigured(t, variables).configure(nil), "", "Conflicting Provider Arguments")
	}
}

func TestProviderData_missingCredential(t *testing.T) {
	t.Parallel()
	terraform := unconfigured(t, map[string]string{apiKeyVariable: "", jwtVariable: ""})
	mustSucceed(t, terraform.validate(nil))
	mustSucceed(t, terraform.configure(nil))
	_, diagnostics := terraform.readWith(values{"id": exportID})
	mustFail(t, diagnostics, "", "Missing Rebilly Credential")
}

func TestProviderData_maxRetriesAndRequestTimeout(t *testing.T) {
	t.Parallel()
	badGateway := rebillytest.Problem(http.StatusBadGateway, "Bad Gateway", "")
	for name, test := range map[string]struct {
		attributes values
		fault      rebillytest.Fault
		summary    string
		requests   int
	}{
		"default retries": {attributes: nil, fault: badGateway, summary: "Rebilly Unavailable", requests: 5},
		"no retries":      {attributes: values{"max_retries": 0}, fault: badGateway, summary: "Rebilly Unavailable", requests: 1},
		"two retries":     {attributes: values{"max_retries": 2}, fault: badGateway, summary: "Rebilly Unavailable", requests: 3},
		"request timeout": {attributes: values{"max_retries": 1, "request_timeout": "10ms"}, fault: rebillytest.Hang(), summary: "Connection Failed", requests: 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			api := rebillytest.NewFor(t)
			api.FailAlways(test.fault)
			_, diagnostics := configured(t, api, test.attributes).readWith(values{"id": exportID})
			mustFail(t, diagnostics, "", test.summary)
			if sent := len(api.Requests()); sent != test.requests {
				t.Errorf("%d requests were sent, want %d", sent, test.requests)
			}
		})
	}
}

func TestProviderData_userAgent(t *testing.T) {
	t.Parallel()
	const agent = "Terraform/1.11.4 (+https://www.terraform.io) terraform-provider-rebilly/1.2.3"
	for appended, want := range map[string]string{
		"":                               agent,
		" ":                              agent,
		"MyPlatform/3.1 (team data)":     agent + " MyPlatform/3.1 (team data)",
		"  padded ":                      agent + " padded",
		"a\r\nREB-APIKEY: other":         agent + " aREB-APIKEY: other",
		"caf\u00e9\x00\u2028 \U0001F600": agent + " caf",
	} {
		request := requestOf(t, map[string]string{appendUserAgentVariable: appended}, values{"api_key": rebillytest.SecretKey})
		if got := request.Header.Get("User-Agent"); got != want {
			t.Errorf("%q appended: the User-Agent was %q, want %q", appended, got, want)
		}
	}
}

func TestProviderData_keyOfAnotherEnvironment(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		key       string
		arguments values
		fails     bool
	}{
		{key: "sk_live_x", arguments: values{"environment": "sandbox"}, fails: true},
		{key: "sk_sandbox_x", arguments: values{"environment": "live"}, fails: true},
		{key: "sk_sandbox_x", fails: true},
		{key: "sk_sandbox_x", arguments: values{"environment": "sandbox"}},
		{key: "sk_sandbox_x", arguments: values{"base_url": "https://gateway.example.com"}},
		{key: "sk_x"},
	} {
		diagnostics := unconfigured(t, map[string]string{apiKeyVariable: test.key}).configure(test.arguments)
		if test.fails {
			mustFail(t, diagnostics, "", "Key of Another Environment")
		} else {
			mustSucceed(t, diagnostics)
		}
	}
}
