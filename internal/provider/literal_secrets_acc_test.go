package provider

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
)

// If an error had the path of an argument, Terraform would print its line.
func TestAccLiteralSecrets_configuration(t *testing.T) {
	t.Parallel()
	const (
		literal = "LITERAL-SECRET"
		key     = `api_key = "sk_` + literal + "\"\n"
	)
	each := func(argument string, values ...string) (arguments []string) {
		for _, value := range values {
			arguments = append(arguments, argument+` = "`+value+`"`)
		}

		return arguments
	}
	credentials := []string{literal + " ", " " + literal, literal + `\n`, `sk_\n` + literal, "Bearer " + literal, "é" + literal, `\u0000` + literal, "", " "}
	later := literal + "${terraform_data.later.id}"
	for name, test := range map[string]struct {
		// providers are the arguments of provider blocks, by what the error names.
		providers map[string][]string
		// validated and planned are the texts of the errors.
		validated, planned string
	}{
		"invalid": {
			providers: map[string][]string{
				"api_key": each("api_key", credentials...),
				"jwt":     each("jwt", credentials...),
				"base_url": each(key+"base_url",
					"https://user:"+literal+"@api.example.com", "https://user:%"+literal+"@api.example.com", "user:"+literal+"@api.example.com",
					"https://api.example.com/?key="+literal, "sk_"+literal),
			},
			validated: "The value of %s is invalid", planned: "The value of %s is invalid",
		},
		"conflicting": {
			providers: map[string][]string{
				"api_key and jwt": each(key+"jwt", "ey"+literal),
				"environment and base_url": each(key+"environment = \"live\"\nbase_url",
					"https://user:"+literal+"@api.example.com", "https://"+literal+".example.com"),
			},
			validated: "sets both %s", planned: "sets both %s",
		},
		"unknown": {
			providers: map[string][]string{"api_key": each("api_key", later), "jwt": each("jwt", later), "base_url": each(key+"base_url", later)},
			planned:   "The provider needs %s to call Rebilly",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var configuration strings.Builder
			configuration.WriteString(requiredProviders)
			if test.validated == "" {
				configuration.WriteString("resource \"terraform_data\" \"later\" {\n}\n")
			}
			number := 0
			for _, providers := range test.providers {
				for _, arguments := range providers {
					number++
					fmt.Fprintf(&configuration, "provider \"rebilly\" {\nalias = \"p%[1]d\"\n%[2]s\n}\n"+
						"data \"rebilly_organization_export\" \"x%[1]d\" {\nprovider = rebilly.p%[1]d\nid = \"x\"\n}\n", number, arguments)
				}
			}
			terraform := newCLI(t, map[string]string{"main.tf": configuration.String()})
			for command, want := range map[string]string{"validate": test.validated, "plan": test.planned} {
				printed, err := terraform.run(command, "-no-color")
				if (err != nil) != (want != "") {
					t.Errorf("%s: got %v:\n%s", command, err, printed)
				}
				mustNotShow(t, command, strings.ToUpper(printed), literal)
				if line := regexp.MustCompile(`(?m)^[│|\s]*\d+:.*(api_key|jwt|base_url)\s*=`).FindString(printed); line != "" {
					t.Errorf("%s prints a source line: %s", command, line)
				}
				for argument, providers := range test.providers {
					if want == "" {
						break
					}
					text := fmt.Sprintf(want, argument)
					if got := len(wrapped(text).FindAllString(printed, -1)); got != len(providers) {
						t.Errorf("%s prints %q %d times, want %d:\n%s", command, text, got, len(providers), printed)
					}
				}
			}
		})
	}
}
