package provider

import (
	"fmt"
	"maps"
	"regexp"
	"strings"
	"testing"
)

// literal is a part of every secret in the configurations.
const literal = "LITERAL-SECRET"

// literalSecrets returns arguments of a provider block that are refused.
func literalSecrets() map[string]struct {
	arguments string
	// attributes are those that the error names, and want is a part of it.
	attributes []string
	want       string
} {
	type test = struct {
		arguments  string
		attributes []string
		want       string
	}
	tests := map[string]test{
		"api_key and jwt": {
			`api_key = "sk_` + literal + `"` + "\n" + `jwt = "ey` + literal + `"`, []string{"api_key", "jwt"}, "sets both",
		},
		"base_url and environment": {
			credential + `base_url = "https://user:` + literal + `@api.example.com"` + "\n" + `environment = "live"`, []string{"base_url", "environment"}, "",
		},
		"valid base_url and environment": {
			credential + `base_url = "https://` + strings.ToLower(literal) + `.example.com"` + "\n" + `environment = "live"`, []string{"base_url", "environment"}, "sets both",
		},
	}
	for name, value := range map[string]struct{ value, want string }{
		"space after it":      {literal + " ", "begins or ends with whitespace"},
		"space before it":     {" " + literal, "begins or ends with whitespace"},
		"newline after it":    {literal + `\n`, "begins or ends with whitespace"},
		"newline in it":       {"sk_" + `\n` + literal, "is not allowed in an HTTP header"},
		"space in it":         {"sk_ " + literal, "is not allowed in an HTTP header"},
		"scheme before it":    {"Bearer " + literal, "begins with the authentication scheme"},
		"a letter not ASCII":  {"é" + literal, "is not allowed in an HTTP header"},
		"a control character": {`\u0000` + literal, "is not allowed in an HTTP header"},
		"nothing":             {"", "is empty"},
		"only whitespace":     {" ", "is only whitespace"},
	} {
		for _, attribute := range []string{"api_key", "jwt"} {
			tests[attribute+" with "+name] = test{attribute + ` = "` + value.value + `"`, []string{attribute}, value.want}
		}
	}
	for name, value := range map[string]struct{ value, want string }{
		"user and password":               {"https://user:" + literal + "@api.example.com", "user name or password"},
		"user alone":                      {"https://" + literal + "@api.example.com", "user name or password"},
		"user and a path":                 {"https://user:" + literal + "@api.example.com/path", "user name or password"},
		"user and http":                   {"http://user:" + literal + "@127.0.0.1", "user name or password"},
		"user and another scheme":         {"ftp://user:" + literal + "@api.example.com", "user name or password"},
		"user and no host":                {"https://user:" + literal + "@", ""},
		"user with a percent sign":        {"https://user:%" + literal + "@api.example.com", "is not a valid URL"},
		"user with a slash":               {"https://user:" + literal + "/@api.example.com", "is not a valid URL"},
		"user with a space":               {"https://user:" + literal + " x@api.example.com", "is not a valid URL"},
		"user with a question mark":       {"https://user:" + literal + "?@api.example.com", ""},
		"user with a hash":                {"https://user:" + literal + "#@api.example.com", ""},
		"user and a port that is no port": {"https://user:" + literal + "@api.example.com:x", "is not a valid URL"},
		"user without a scheme":           {"user:" + literal + "@api.example.com", ""},
		"user without slashes":            {"https:user:" + literal + "@api.example.com", ""},
		"user and whitespace":             {"https://user:" + literal + "@api.example.com ", "begins or ends with whitespace"},
		"user and a control character":    {`https://user:` + literal + `\u0007@api.example.com`, "is not a valid URL"},
		"query":                           {"https://api.example.com/?key=" + literal, "has a query or a fragment"},
		"fragment":                        {"https://api.example.com/#" + literal, "has a query or a fragment"},
		"credential instead":              {"sk_" + literal, "begins like a credential"},
	} {
		tests["base_url with "+name] = test{credential + `base_url = "` + value.value + `"`, []string{"base_url"}, value.want}
	}
	for _, attribute := range []string{"api_key", "jwt", "base_url"} {
		others := credential
		if attribute != "base_url" {
			others = ""
		}
		tests["unknown "+attribute] = test{
			others + attribute + ` = "` + literal + `${terraform_data.later.id}"`, []string{attribute}, "",
		}
	}

	return tests
}

// configurationWith is a configuration with the given provider arguments.
const configurationWith = `
terraform {
  required_providers {
    rebilly = {
      source = "rebilly/rebilly"
    }
  }
}

provider "rebilly" {
  %s
}
`

const credential = `api_key = "sk_OTHER-` + literal + "\"\n"

// sourceLine matches a line of a configuration in an error that sets a secret.
var sourceLine = regexp.MustCompile(`(?m)^[│|\s]*\d+:.*(api_key|jwt|base_url)\s*=`)

func mustNotShowLiterals(t *testing.T, printed string) {
	t.Helper()
	mustNotShow(t, "the output", printed, literal, strings.ToLower(literal), "OTHER-")
	if line := sourceLine.FindString(printed); line != "" {
		t.Errorf("the output has a source line: %s", line)
	}
}

func TestAccLiteralSecrets_configuration(t *testing.T) {
	t.Parallel()
	for name, test := range literalSecrets() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			unknown := strings.HasPrefix(name, "unknown")
			files := map[string]string{"main.tf": fmt.Sprintf(configurationWith, test.arguments) + readExport("x")}
			if unknown {
				files["later.tf"] = "resource \"terraform_data\" \"later\" {\n}\n"
			}
			terraform := newCLI(t, files)
			for _, command := range []string{"validate", "plan"} {
				printed, err := terraform.run(command, "-no-color")
				mustNotShowLiterals(t, printed)
				if command == "validate" && unknown {
					if err != nil {
						t.Errorf("%s: got %v:\n%s", command, err, printed)
					}

					continue
				}
				if err == nil || !wrapped(test.want).MatchString(printed) {
					t.Errorf("%s: got %v, want %s:\n%s", command, err, test.want, printed)
				}
				for _, attribute := range test.attributes {
					if !regexp.MustCompile(`\b` + attribute + `\b`).MatchString(printed) {
						t.Errorf("%s: the output does not name %s:\n%s", command, attribute, printed)
					}
				}
			}
		})
	}
}

// What holds for arguments holds for their environment variables.
func TestAccLiteralSecrets_environment(t *testing.T) {
	t.Parallel()
	type test struct {
		variables map[string]string
		// named are the variables that the error names.
		named []string
		want  string
	}
	key := map[string]string{apiKeyVariable: "sk_" + literal}
	with := func(variables map[string]string, variable, value string) map[string]string {
		all := maps.Clone(variables)
		all[variable] = value

		return all
	}
	tests := map[string]test{
		"api_key and jwt": {with(key, jwtVariable, "ey"+literal), []string{apiKeyVariable, jwtVariable}, "are set"},
		"base_url and environment": {
			with(with(key, environmentVariable, "live"), baseURLVariable, "https://user:"+literal+"@api.example.com"),
			[]string{baseURLVariable, environmentVariable},
			"are set",
		},
	}
	for name, value := range map[string]string{
		"whitespace": literal + " ", "newline": literal + "\n", "scheme": "Bearer " + literal, "letter not ASCII": "é" + literal, "only whitespace": " ",
	} {
		for _, variable := range []string{apiKeyVariable, jwtVariable} {
			tests[variable+" with "+name] = test{map[string]string{variable: value}, []string{variable}, "is invalid"}
		}
	}
	for name, value := range map[string]string{
		"user information": "https://user:" + literal + "@api.example.com", "an invalid URL": "https://user:%" + literal + "@api.example.com", "a query": "https://api.example.com/?key=" + literal,
	} {
		tests[baseURLVariable+" with "+name] = test{with(key, baseURLVariable, value), []string{baseURLVariable}, "is invalid"}
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var variables []string
			for variable, value := range test.variables {
				variables = append(variables, variable+"="+value)
			}
			terraform := newCLI(t, map[string]string{"main.tf": fmt.Sprintf(configurationWith, "") + readExport("x")}, variables...)
			printed, err := terraform.run("plan", "-no-color")
			mustNotShowLiterals(t, printed)
			if err == nil || !wrapped(test.want).MatchString(printed) {
				t.Errorf("got %v:\n%s", err, printed)
			}
			for _, variable := range test.named {
				if !strings.Contains(printed, variable) {
					t.Errorf("the output does not name %s:\n%s", variable, printed)
				}
			}
		})
	}
}
