package provider

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/rebilly/terraform-provider-rebilly/internal/rebilly"
)

// settings are the configuration and the environment of the operator.
type settings struct {
	Organization, Month, RotateAfter, Replace, Files, Timeout string

	NoWait, CreateFirst, Postcondition bool

	// The environment.
	Environment, BaseURL, Key string
	JWT                       bool
}

// organization returns the organization that the configuration and the environment
// name, or "" for the credential's default.
func (s settings) organization() string {
	if s.Organization != "" {
		return s.Organization
	}

	return s.Environment
}

func (s settings) month() string { return strings.TrimPrefix(s.Month, "{}") }

func (s settings) files() string { return strconv.FormatBool(s.Files == "true") }

func (s settings) host() string {
	if s.BaseURL != "" {
		return sandboxHost
	}

	return liveHost
}

// arguments returns the configuration of the resource. The argument that is named
// unknown is not known yet.
func (s settings) arguments(unknownName string) values {
	arguments := values{"wait_for_completion": !s.NoWait}
	for name, value := range map[string]string{"organization_id": s.Organization, "rotate_after": s.RotateAfter} {
		if value != "" {
			arguments[name] = value
		}
	}
	if s.Files != "" {
		arguments["include_files"] = s.Files == "true"
	}
	if s.Replace != "" {
		arguments["replace_on_status"] = set(s.Replace)
	}
	if s.Month != "" {
		triggers := map[string]tftypes.Value{}
		if s.Month != "{}" {
			triggers["month"] = tftypes.NewValue(tftypes.String, s.Month)
		}
		arguments["triggers"] = tftypes.NewValue(tftypes.Map{ElementType: tftypes.String}, triggers)
	}
	if s.Timeout != "" {
		arguments["timeouts"] = values{"create": s.Timeout, "update": s.Timeout}
	}
	if unknownName != "" {
		arguments[unknownName] = unknown
	}

	return arguments
}

// set returns a comma-separated list as a set of strings: null for "", and empty
// for "{}".
func set(list string) tftypes.Value {
	kind := tftypes.Set{ElementType: tftypes.String}
	switch list {
	case "":
		return tftypes.NewValue(kind, nil)
	case "{}":
		return tftypes.NewValue(kind, []tftypes.Value{})
	}
	var elements []tftypes.Value
	for element := range strings.SplitSeq(list, ",") {
		elements = append(elements, tftypes.NewValue(tftypes.String, element))
	}

	return tftypes.NewValue(kind, elements)
}

// credential is what the API receives.
func (y *year) credential() string {
	switch {
	case time.Now().Before(y.wrongKeyUntil):
		return foreignKey
	case y.settings.JWT:
		return y.jwt
	default:
		return y.settings.Key
	}
}

// reader is who reads now: a credential, and the host that it is sent to.
func (y *year) reader() string { return y.credential() + "@" + y.settings.host() }

// variables are the environment variables of a process.
func (y *year) variables() map[string]string {
	variables := map[string]string{organizationIDVariable: y.settings.Environment, apiKeyVariable: y.credential()}
	if strings.HasPrefix(y.credential(), "eyJ") {
		variables = map[string]string{organizationIDVariable: y.settings.Environment, jwtVariable: y.credential()}
	}
	if y.settings.BaseURL != "" {
		variables[baseURLVariable] = rebilly.SandboxBaseURL
	}

	return variables
}

// newKey makes the operator use a new credential.
func (y *year) newKey() {
	y.keyCount++
	y.settings.Key = fmt.Sprintf("sk_live_SECRET-KEY-%d", y.keyCount)
}
