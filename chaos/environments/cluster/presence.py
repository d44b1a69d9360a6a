"""What only experiments on Kubernetes may ask of the environment."""

from chaos.environments.environment import Environment, EnvironmentUnfit
from chaos.environments.kubernetes import KubernetesEnvironment


def on_kubernetes(environment: Environment) -> KubernetesEnvironment:
    """The environment as what it is; raises EnvironmentUnfit elsewhere."""
    if not isinstance(environment, KubernetesEnvironment):
        raise EnvironmentUnfit(f"{environment.name} is no Kubernetes")
    return environment
