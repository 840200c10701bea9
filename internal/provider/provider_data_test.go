package provider

import (
	"context"
	"errors"
	"maps"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

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
	_, diagnostics := terraform.read(exportID)
	mustSucceed(t, diagnostics)
	request := api.Requests()[0]
	request.Header.Set("Host", host)

	return request
}

func TestProviderData_settings(t *testing.T) {
	t.Parallel()
	const (
		live        = "https://api.rebilly.com"
		sandbox     = "https://api-sandbox.rebilly.com"
		gateway     = "https://gateway.example.com"
		defaultPath = "/organization-exports/" + exportID
		europePath  = "/organizations/org_eu" + defaultPath
	)
	key := func(more map[string]string) map[string]string {
		variables := map[string]string{apiKeyVariable: rebillytest.SecretKey}
		maps.Copy(variables, more)

		return variables
	}
	// An invalid value in a variable that is not used is not an error.
	bothCredentials := map[string]string{apiKeyVariable: "key of the environment\n", jwtVariable: "token-of-the-environment"}
	tests := map[string]struct {
		variables  map[string]string
		attributes values
		header     string
		want       string
		path       string
	}{
		apiKeyVariable:         {key(nil), nil, "REB-APIKEY", rebillytest.SecretKey, defaultPath},
		jwtVariable:            {map[string]string{jwtVariable: rebillytest.JWT}, nil, "Authorization", "Bearer " + rebillytest.JWT, defaultPath},
		organizationIDVariable: {key(map[string]string{organizationIDVariable: "org_eu"}), nil, "Host", live, europePath},
		environmentVariable:    {key(map[string]string{environmentVariable: "sandbox"}), nil, "Host", sandbox, defaultPath},
		baseURLVariable:        {key(map[string]string{baseURLVariable: gateway}), nil, "Host", gateway, defaultPath},
		"no variables":         {key(nil), nil, "Host", live, defaultPath},
		"empty variables":      {key(map[string]string{jwtVariable: "", organizationIDVariable: "", environmentVariable: "", baseURLVariable: ""}), nil, "Host", live, defaultPath},

		"api_key takes precedence over both credential variables":         {bothCredentials, values{"api_key": rebillytest.SecretKey}, "REB-APIKEY", rebillytest.SecretKey, defaultPath},
		"jwt takes precedence over both credential variables":             {bothCredentials, values{"jwt": rebillytest.JWT}, "Authorization", "Bearer " + rebillytest.JWT, defaultPath},
		"organization_id takes precedence over " + organizationIDVariable: {key(map[string]string{organizationIDVariable: "org_us"}), values{"organization_id": "org_eu"}, "Host", live, europePath},
		"environment takes precedence over " + baseURLVariable:            {key(map[string]string{baseURLVariable: gateway}), values{"environment": "sandbox"}, "Host", sandbox, defaultPath},
		"base_url takes precedence over " + environmentVariable:           {key(map[string]string{environmentVariable: "sandbox"}), values{"base_url": "http://127.0.0.1:8080"}, "Host", "http://127.0.0.1:8080", defaultPath},
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
			if request.Header.Get("REB-APIKEY") != "" && request.Header.Get("Authorization") != "" {
				t.Error("two credentials were sent")
			}
		})
	}
}

func TestProviderData_conflictingVariables(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		variables map[string]string
		want      []string
	}{
		"two credentials": {
			map[string]string{apiKeyVariable: rebillytest.SecretKey, jwtVariable: rebillytest.JWT},
			[]string{apiKeyVariable, jwtVariable, "set api_key or jwt in the provider configuration"},
		},
		"two hosts": {
			map[string]string{apiKeyVariable: rebillytest.SecretKey, environmentVariable: "live", baseURLVariable: "https://gateway.example.com"},
			[]string{environmentVariable, baseURLVariable, "set environment or base_url in the provider configuration"},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			mustFail(t, startProvider(t, inMemory(rebillytest.NewFor(t), test.variables)).configure(nil), "", append(test.want, "Conflicting Provider Arguments", "Remove one of them")...)
		})
	}
}

func TestProviderData_missingCredential(t *testing.T) {
	t.Parallel()
	terraform := startProvider(t, inMemory(rebillytest.NewFor(t), map[string]string{apiKeyVariable: "", jwtVariable: ""}))
	mustSucceed(t, terraform.validate(nil))
	mustSucceed(t, terraform.configure(nil))
	_, diagnostics := terraform.read(exportID)
	mustFail(t, diagnostics, "", "Missing Rebilly Credential", "api_key", "jwt", apiKeyVariable, jwtVariable)
}

func TestProviderData_invalidValue(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		argument, variable, value, want string
		// path is set if the error in the configuration has the argument's path.
		path bool
	}{
		"api_key with a newline at its end": {"api_key", apiKeyVariable, rebillytest.SecretKey + "\n", "begins or ends with whitespace", false},
		"api_key with a line break":         {"api_key", apiKeyVariable, rebillytest.SecretKey + "\r\nX-Evil: 1", "not allowed in an HTTP header", false},
		"jwt with a space before it":        {"jwt", jwtVariable, " " + rebillytest.JWT, "begins or ends with whitespace", false},
		"jwt with a control character":      {"jwt", jwtVariable, rebillytest.JWT + "\x00", "not allowed in an HTTP header", false},
		"jwt with its scheme":               {"jwt", jwtVariable, "Bearer " + rebillytest.JWT, "give the token alone", false},
		"organization_id with two dots":     {"organization_id", organizationIDVariable, "..", "would change the path", true},
		"organization_id with a slash":      {"organization_id", organizationIDVariable, "a/b", "letters, digits", true},
		"unknown environment":               {"environment", environmentVariable, "production", `"production" is not a Rebilly environment; use live or sandbox`, true},
		"base_url without encryption":       {"base_url", baseURLVariable, "http://api.rebilly.com", "use https", false},
		"base_url with a password":          {"base_url", baseURLVariable, "https://u:" + rebillytest.SecretKey + "@api.rebilly.com", "user name or password", false},
		"base_url without a scheme":         {"base_url", baseURLVariable, "api.rebilly.com", "does not begin with https://", false},
	}
	for name, test := range tests {
		t.Run(name+" in the configuration", func(t *testing.T) {
			t.Parallel()
			terraform := startProvider(t, inMemory(rebillytest.NewFor(t), nil))
			path := ""
			if test.path {
				path = test.argument
			}
			mustFail(t, terraform.validate(values{test.argument: test.value}), path, "Invalid Argument Value", "The value of "+test.argument+" is invalid", test.want)
		})
		t.Run(name+" in the environment", func(t *testing.T) {
			t.Parallel()
			variables := map[string]string{apiKeyVariable: rebillytest.SecretKey}
			if test.argument == "jwt" {
				variables = map[string]string{}
			}
			variables[test.variable] = test.value
			mustFail(t, startProvider(t, inMemory(rebillytest.NewFor(t), variables)).configure(nil), "",
				"Invalid Argument Value", "The value of the environment variable "+test.variable+" is invalid", test.want)
		})
	}
}

func TestProviderData_maxRetries(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		value any
		want  int
	}{"default": {nil, 5}, "off": {0, 1}, "two": {2, 3}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			api := rebillytest.NewFor(t)
			api.FailAlways(rebillytest.Problem(http.StatusBadGateway, "Bad Gateway", ""))
			_, diagnostics := configured(t, api, values{"max_retries": test.value}).read(exportID)
			mustFail(t, diagnostics, "", "Bad Gateway")
			if sent := len(api.Requests()); sent != test.want {
				t.Errorf("%d requests were sent, want %d", sent, test.want)
			}
		})
	}
}

func TestProviderData_requestTimeout(t *testing.T) {
	t.Parallel()
	api := rebillytest.NewFor(t)
	api.Fail(rebillytest.Hang())
	_, diagnostics := configured(t, api, values{"request_timeout": "10ms", "max_retries": 0}).read(exportID)
	mustFail(t, diagnostics, "", "Connection Failed", "no response within the request timeout of 10ms", "raise request_timeout")
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

func TestProviderData_withTimeout(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		end  func(request, process context.CancelFunc)
		want error
	}{
		"Terraform cancels the request":          {func(request, _ context.CancelFunc) { request() }, context.Canceled},
		"the process is interrupted":             {func(_, process context.CancelFunc) { process() }, context.Canceled},
		"the time limit of the operation passes": {func(_, _ context.CancelFunc) { <-time.After(time.Hour) }, context.DeadlineExceeded},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				process, interrupt := context.WithCancel(t.Context())
				defer interrupt()
				request, cancel := context.WithCancel(t.Context())
				defer cancel()
				ctx, release := (&providerData{interrupted: process}).withTimeout(request, time.Hour)
				defer release()
				<-time.After(time.Hour - time.Second)
				if ctx.Err() != nil {
					t.Errorf("it ended too early: %v", ctx.Err())
				}
				test.end(cancel, interrupt)
				<-ctx.Done()
				if !errors.Is(ctx.Err(), test.want) {
					t.Errorf("it ended with %v, want %v", ctx.Err(), test.want)
				}
			})
		})
	}
}

func TestProviderData_withTimeoutAfterAnInterruption(t *testing.T) {
	t.Parallel()
	interrupted, interrupt := context.WithCancel(t.Context())
	interrupt()
	data := &providerData{interrupted: interrupted}
	for range 200 {
		ctx, cancel := data.withTimeout(t.Context(), time.Hour)
		ended := ctx.Err() != nil
		cancel()
		if !ended {
			t.Fatal("an operation begins after the interruption")
		}
	}
}
