package provider

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/rebilly/terraform-provider-rebilly/internal/rebilly"
)

// settings are the configuration and the environment of the operator: arguments of the
// resource, what its lifecycle says, the organization of the "environment", and the
// "base URL". An empty one is the same as none.
type settings map[string]string

// organization returns the organization that the configuration and the environment
// name, or "" for the credential's default.
func (s settings) organization() string { return cmp.Or(s["organization_id"], s["environment"]) }

func (s settings) waits() bool { return s["wait_for_completion"] != "false" }

func (s settings) host() string {
	if s["base URL"] != "" {
		return sandboxHost
	}

	return liveHost
}

// arguments returns the configuration of the resource. The argument that is named
// unknown is not known yet.
func (s settings) arguments(unknownName string) values {
	arguments := values{"wait_for_completion": s.waits()}
	for name, value := range s {
		switch {
		case value == "":
		case name == "organization_id", name == "rotate_after":
			arguments[name] = value
		case name == "include_files":
			arguments[name] = value == "true"
		case name == "timeouts":
			arguments[name] = values{"create": value, "update": value}
		case name == "triggers" && value == "{}":
			arguments[name] = map[string]tftypes.Value{}
		case name == "triggers":
			arguments[name] = map[string]tftypes.Value{"month": tftypes.NewValue(tftypes.String, value)}
		case name == "replace_on_status" && value == "{}":
			arguments[name] = []tftypes.Value{}
		case name == "replace_on_status":
			var statuses []tftypes.Value
			for status := range strings.SplitSeq(value, ",") {
				statuses = append(statuses, tftypes.NewValue(tftypes.String, status))
			}
			arguments[name] = statuses
		}
	}
	if unknownName != "" {
		arguments[unknownName] = unknown
	}

	return arguments
}

// credential is what the API receives.
func (y *year) credential() string {
	switch {
	case time.Now().Before(y.wrongKeyUntil):
		return foreignKey
	case y.usesJWT:
		return y.jwt
	default:
		return y.key
	}
}

// reader is who reads now: a credential, and the host that it is sent to.
func (y *year) reader() string { return y.credential() + "@" + y.settings.host() }

// environment is what decides about the default organization: its name, and the host.
func (y *year) environment() string { return y.settings["environment"] + "@" + y.settings.host() }

// variables are the environment variables of a process.
func (y *year) variables() map[string]string {
	variables := map[string]string{organizationIDVariable: y.settings["environment"]}
	if credential := y.credential(); strings.HasPrefix(credential, "eyJ") {
		variables[jwtVariable] = credential
	} else {
		variables[apiKeyVariable] = credential
	}
	if y.settings.host() == sandboxHost {
		variables[baseURLVariable] = rebilly.SandboxBaseURL
	}

	return variables
}

// newKey makes the operator use a new credential.
func (y *year) newKey() {
	y.keyCount++
	y.key = fmt.Sprintf("sk_live_SECRET-KEY-%d", y.keyCount)
}
