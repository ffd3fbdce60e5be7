//! The fields of a pod spec and of the workloads around it, with their types, as Kubernetes 1.37 has them.
//!
//! Derived from the Go types of `k8s.io/api` v0.37 (`core/v1`, `apps/v1`, `batch/v1`), deprecated
//! fields and those behind feature gates included, sorted by name so that a field is found by
//! bisection.

/// What a field may hold. Null is always allowed and means "absent".
#[derive(Debug, Clone, Copy)]
pub(super) enum Type {
    /// A string.
    Text,
    /// A number without fraction.
    Integer,
    /// `true` or `false`.
    Flag,
    /// A quantity: a string such as `250m`, or a number.
    Amount,
    /// A number or a string: ports, percentages.
    IntegerOrText,
    /// Not looked into.
    Anything,
    /// A list of these.
    List(&'static Type),
    /// A mapping from free keys to these.
    Map(&'static Type),
    /// A mapping with known fields.
    Object(&'static Shape),
}

/// The known fields of one type, sorted by name.
#[derive(Debug)]
pub(super) struct Shape {
    /// The name of the type in the Kubernetes API.
    pub(super) name: &'static str,
    fields: &'static [(&'static str, Type)],
}

impl Shape {
    /// The type of a field; `None` when there is no such field.
    pub(super) fn field(&self, name: &str) -> Option<Type> {
        self.fields
            .binary_search_by(|(known, _)| (*known).cmp(name))
            .ok()
            .and_then(|at| self.fields.get(at))
            .map(|(_, kind)| *kind)
    }

    /// The names of the fields.
    pub(super) fn names(&self) -> impl Iterator<Item = &'static str> + Clone + use<> {
        self.fields.iter().map(|(name, _)| *name)
    }
}

macro_rules! shapes {
    ($($constant:ident $name:ident { $($field:ident: $kind:expr),* $(,)? })*) => {
        $(
            pub(super) static $constant: Shape = Shape {
                name: stringify!($name),
                fields: &[$((stringify!($field), $kind)),*],
            };
        )*

        #[cfg(test)]
        static ALL: &[&Shape] = &[$(&$constant),*];
    };
}

use Type::{Amount, Anything, Flag, Integer, IntegerOrText, List, Map, Object, Text};

shapes! {
    LABEL_SELECTOR LabelSelector {
        matchExpressions: List(&Object(&LABEL_SELECTOR_REQUIREMENT)), matchLabels: Map(&Text),
    }
    LABEL_SELECTOR_REQUIREMENT LabelSelectorRequirement { key: Text, operator: Text, values: List(&Text) }
    OBJECT_META ObjectMeta {
        annotations: Map(&Text), clusterName: Text, creationTimestamp: Text,
        deletionGracePeriodSeconds: Integer, deletionTimestamp: Text, finalizers: List(&Text),
        generateName: Text, generation: Integer, labels: Map(&Text), managedFields: Anything,
        name: Text, namespace: Text, ownerReferences: Anything, resourceVersion: Text,
        selfLink: Text, uid: Text,
    }
    CRON_JOB_SPEC CronJobSpec {
        concurrencyPolicy: Text, failedJobsHistoryLimit: Integer,
        jobTemplate: Object(&JOB_TEMPLATE_SPEC), schedule: Text, startingDeadlineSeconds: Integer,
        successfulJobsHistoryLimit: Integer, suspend: Flag, timeZone: Text,
    }
    DAEMON_SET_SPEC DaemonSetSpec {
        minReadySeconds: Integer, revisionHistoryLimit: Integer,
        selector: Object(&LABEL_SELECTOR), template: Object(&POD_TEMPLATE_SPEC),
        updateStrategy: Object(&DAEMON_SET_UPDATE_STRATEGY),
    }
    DEPLOYMENT_SPEC DeploymentSpec {
        minReadySeconds: Integer, paused: Flag, progressDeadlineSeconds: Integer,
        replicas: Integer, revisionHistoryLimit: Integer, selector: Object(&LABEL_SELECTOR),
        strategy: Object(&DEPLOYMENT_STRATEGY), template: Object(&POD_TEMPLATE_SPEC),
    }
    JOB_SPEC JobSpec {
        activeDeadlineSeconds: Integer, backoffLimit: Integer, backoffLimitPerIndex: Integer,
        completionMode: Text, completions: Integer, managedBy: Text, manualSelector: Flag,
        maxFailedIndexes: Integer, parallelism: Integer,
        podFailurePolicy: Object(&POD_FAILURE_POLICY), podReplacementPolicy: Text,
        scheduling: Object(&JOB_SCHEDULING_CONFIGURATION), selector: Object(&LABEL_SELECTOR),
        successPolicy: Object(&SUCCESS_POLICY), suspend: Flag,
        template: Object(&POD_TEMPLATE_SPEC), ttlSecondsAfterFinished: Integer,
    }
    POD_SPEC PodSpec {
        activeDeadlineSeconds: Integer, affinity: Object(&AFFINITY),
        automountServiceAccountToken: Flag, containers: List(&Object(&CONTAINER)),
        dnsConfig: Object(&POD_DNS_CONFIG), dnsPolicy: Text, enableServiceLinks: Flag,
        ephemeralContainers: List(&Object(&EPHEMERAL_CONTAINER)),
        evictionResponders: List(&Object(&EVICTION_RESPONDER)),
        hostAliases: List(&Object(&HOST_ALIAS)), hostIPC: Flag, hostNetwork: Flag, hostPID: Flag,
        hostUsers: Flag, hostname: Text, hostnameOverride: Text,
        imagePullSecrets: List(&Object(&LOCAL_OBJECT_REFERENCE)),
        initContainers: List(&Object(&CONTAINER)), nodeName: Text, nodeSelector: Map(&Text),
        os: Object(&POD_OS), overhead: Map(&Amount), preemptionPolicy: Text, priority: Integer,
        priorityClassName: Text, readinessGates: List(&Object(&POD_READINESS_GATE)),
        resourceClaims: List(&Object(&POD_RESOURCE_CLAIM)),
        resources: Object(&RESOURCE_REQUIREMENTS), restartPolicy: Text, runtimeClassName: Text,
        schedulerName: Text, schedulingGates: List(&Object(&POD_SCHEDULING_GATE)),
        schedulingGroup: Object(&POD_SCHEDULING_GROUP),
        securityContext: Object(&POD_SECURITY_CONTEXT), serviceAccount: Text,
        serviceAccountName: Text, setHostnameAsFQDN: Flag, shareProcessNamespace: Flag,
        subdomain: Text, terminationGracePeriodSeconds: Integer,
        tolerations: List(&Object(&TOLERATION)),
        topologySpreadConstraints: List(&Object(&TOPOLOGY_SPREAD_CONSTRAINT)),
        volumes: List(&Object(&VOLUME)),
    }
    REPLICA_SET_SPEC ReplicaSetSpec {
        minReadySeconds: Integer, replicas: Integer, selector: Object(&LABEL_SELECTOR),
        template: Object(&POD_TEMPLATE_SPEC),
    }
    REPLICATION_CONTROLLER_SPEC ReplicationControllerSpec {
        minReadySeconds: Integer, replicas: Integer, selector: Map(&Text),
        template: Object(&POD_TEMPLATE_SPEC),
    }
    STATEFUL_SET_SPEC StatefulSetSpec {
        minReadySeconds: Integer, ordinals: Object(&STATEFUL_SET_ORDINALS),
        persistentVolumeClaimRetentionPolicy: Object(&STATEFUL_SET_PERSISTENT_VOLUME_CLAIM_RETENTION_POLICY),
        podManagementPolicy: Text, replicas: Integer, revisionHistoryLimit: Integer,
        selector: Object(&LABEL_SELECTOR), serviceName: Text,
        template: Object(&POD_TEMPLATE_SPEC),
        updateStrategy: Object(&STATEFUL_SET_UPDATE_STRATEGY),
        volumeClaimTemplates: List(&Object(&PERSISTENT_VOLUME_CLAIM)),
    }
    AWS_ELASTIC_BLOCK_STORE_VOLUME_SOURCE AWSElasticBlockStoreVolumeSource {
        fsType: Text, partition: Integer, readOnly: Flag, volumeID: Text,
    }
    AFFINITY Affinity {
        nodeAffinity: Object(&NODE_AFFINITY), podAffinity: Object(&POD_AFFINITY),
        podAntiAffinity: Object(&POD_ANTI_AFFINITY),
    }
    APP_ARMOR_PROFILE AppArmorProfile {
        localhostProfile: Text, type: Text,
    }
    AZURE_DISK_VOLUME_SOURCE AzureDiskVolumeSource {
        cachingMode: Text, diskName: Text, diskURI: Text, fsType: Text, kind: Text,
        readOnly: Flag,
    }
    AZURE_FILE_VOLUME_SOURCE AzureFileVolumeSource {
        readOnly: Flag, secretName: Text, shareName: Text,
    }
    CSI_VOLUME_SOURCE CSIVolumeSource {
        driver: Text, fsType: Text, nodePublishSecretRef: Object(&LOCAL_OBJECT_REFERENCE),
        readOnly: Flag, volumeAttributes: Map(&Text),
    }
    CAPABILITIES Capabilities {
        add: List(&Text), drop: List(&Text),
    }
    CEPH_FS_VOLUME_SOURCE CephFSVolumeSource {
        monitors: List(&Text), path: Text, readOnly: Flag, secretFile: Text,
        secretRef: Object(&LOCAL_OBJECT_REFERENCE), user: Text,
    }
    CINDER_VOLUME_SOURCE CinderVolumeSource {
        fsType: Text, readOnly: Flag, secretRef: Object(&LOCAL_OBJECT_REFERENCE), volumeID: Text,
    }
    CLUSTER_TRUST_BUNDLE_PROJECTION ClusterTrustBundleProjection {
        labelSelector: Object(&LABEL_SELECTOR), name: Text, optional: Flag, path: Text,
        signerName: Text, user: Integer,
    }
    CONFIG_MAP_ENV_SOURCE ConfigMapEnvSource {
        name: Text, optional: Flag,
    }
    CONFIG_MAP_KEY_SELECTOR ConfigMapKeySelector {
        key: Text, name: Text, optional: Flag,
    }
    CONFIG_MAP_PROJECTION ConfigMapProjection {
        items: List(&Object(&KEY_TO_PATH)), name: Text, optional: Flag,
    }
    CONFIG_MAP_VOLUME_SOURCE ConfigMapVolumeSource {
        defaultMode: Integer, defaultUser: Integer, items: List(&Object(&KEY_TO_PATH)),
        name: Text, optional: Flag,
    }
    CONTAINER Container {
        args: List(&Text), command: List(&Text), env: List(&Object(&ENV_VAR)),
        envFrom: List(&Object(&ENV_FROM_SOURCE)), image: Text, imagePullPolicy: Text,
        lifecycle: Object(&LIFECYCLE), livenessProbe: Object(&PROBE), name: Text,
        ports: List(&Object(&CONTAINER_PORT)), readinessProbe: Object(&PROBE),
        resizePolicy: List(&Object(&CONTAINER_RESIZE_POLICY)),
        resources: Object(&RESOURCE_REQUIREMENTS), restartPolicy: Text,
        restartPolicyRules: List(&Object(&CONTAINER_RESTART_RULE)),
        securityContext: Object(&SECURITY_CONTEXT), startupProbe: Object(&PROBE), stdin: Flag,
        stdinOnce: Flag, terminationMessagePath: Text, terminationMessagePolicy: Text, tty: Flag,
        volumeDevices: List(&Object(&VOLUME_DEVICE)), volumeMounts: List(&Object(&VOLUME_MOUNT)),
        workingDir: Text,
    }
    CONTAINER_PORT ContainerPort {
        containerPort: Integer, hostIP: Text, hostPort: Integer, name: Text, protocol: Text,
    }
    CONTAINER_RESIZE_POLICY ContainerResizePolicy {
        resourceName: Text, restartPolicy: Text,
    }
    CONTAINER_RESTART_RULE ContainerRestartRule {
        action: Text, exitCodes: Object(&CONTAINER_RESTART_RULE_ON_EXIT_CODES),
    }
    CONTAINER_RESTART_RULE_ON_EXIT_CODES ContainerRestartRuleOnExitCodes {
        operator: Text, values: List(&Integer),
    }
    DAEMON_SET_UPDATE_STRATEGY DaemonSetUpdateStrategy {
        rollingUpdate: Object(&ROLLING_UPDATE_DAEMON_SET), type: Text,
    }
    DEPLOYMENT_STRATEGY DeploymentStrategy {
        rollingUpdate: Object(&ROLLING_UPDATE_DEPLOYMENT), type: Text,
    }
    DOWNWARD_API_PROJECTION DownwardAPIProjection {
        items: List(&Object(&DOWNWARD_API_VOLUME_FILE)),
    }
    DOWNWARD_API_VOLUME_FILE DownwardAPIVolumeFile {
        fieldRef: Object(&OBJECT_FIELD_SELECTOR), mode: Integer, path: Text,
        resourceFieldRef: Object(&RESOURCE_FIELD_SELECTOR), user: Integer,
    }
    DOWNWARD_API_VOLUME_SOURCE DownwardAPIVolumeSource {
        defaultMode: Integer, defaultUser: Integer,
        items: List(&Object(&DOWNWARD_API_VOLUME_FILE)),
    }
    EMPTY_DIR_VOLUME_SOURCE EmptyDirVolumeSource {
        medium: Text, mode: Integer, sizeLimit: Amount,
    }
    ENV_FROM_SOURCE EnvFromSource {
        configMapRef: Object(&CONFIG_MAP_ENV_SOURCE), prefix: Text,
        secretRef: Object(&SECRET_ENV_SOURCE),
    }
    ENV_VAR EnvVar {
        name: Text, value: Text, valueFrom: Object(&ENV_VAR_SOURCE),
    }
    ENV_VAR_SOURCE EnvVarSource {
        configMapKeyRef: Object(&CONFIG_MAP_KEY_SELECTOR),
        fieldRef: Object(&OBJECT_FIELD_SELECTOR), fileKeyRef: Object(&FILE_KEY_SELECTOR),
        resourceFieldRef: Object(&RESOURCE_FIELD_SELECTOR),
        secretKeyRef: Object(&SECRET_KEY_SELECTOR),
    }
    EPHEMERAL_CONTAINER EphemeralContainer {
        args: List(&Text), command: List(&Text), env: List(&Object(&ENV_VAR)),
        envFrom: List(&Object(&ENV_FROM_SOURCE)), image: Text, imagePullPolicy: Text,
        lifecycle: Object(&LIFECYCLE), livenessProbe: Object(&PROBE), name: Text,
        ports: List(&Object(&CONTAINER_PORT)), readinessProbe: Object(&PROBE),
        resizePolicy: List(&Object(&CONTAINER_RESIZE_POLICY)),
        resources: Object(&RESOURCE_REQUIREMENTS), restartPolicy: Text,
        restartPolicyRules: List(&Object(&CONTAINER_RESTART_RULE)),
        securityContext: Object(&SECURITY_CONTEXT), startupProbe: Object(&PROBE), stdin: Flag,
        stdinOnce: Flag, targetContainerName: Text, terminationMessagePath: Text,
        terminationMessagePolicy: Text, tty: Flag, volumeDevices: List(&Object(&VOLUME_DEVICE)),
        volumeMounts: List(&Object(&VOLUME_MOUNT)), workingDir: Text,
    }
    EPHEMERAL_VOLUME_SOURCE EphemeralVolumeSource {
        volumeClaimTemplate: Object(&PERSISTENT_VOLUME_CLAIM_TEMPLATE),
    }
    EVICTION_RESPONDER EvictionResponder {
        name: Text, priority: Integer,
    }
    EXEC_ACTION ExecAction {
        command: List(&Text),
    }
    FC_VOLUME_SOURCE FCVolumeSource {
        fsType: Text, lun: Integer, readOnly: Flag, targetWWNs: List(&Text), wwids: List(&Text),
    }
    FILE_KEY_SELECTOR FileKeySelector {
        key: Text, optional: Flag, path: Text, volumeName: Text,
    }
    FLEX_VOLUME_SOURCE FlexVolumeSource {
        driver: Text, fsType: Text, options: Map(&Text), readOnly: Flag,
        secretRef: Object(&LOCAL_OBJECT_REFERENCE),
    }
    FLOCKER_VOLUME_SOURCE FlockerVolumeSource {
        datasetName: Text, datasetUUID: Text,
    }
    GCE_PERSISTENT_DISK_VOLUME_SOURCE GCEPersistentDiskVolumeSource {
        fsType: Text, partition: Integer, pdName: Text, readOnly: Flag,
    }
    GRPC_ACTION GRPCAction {
        mode: Text, port: Integer, service: Text,
    }
    GIT_REPO_VOLUME_SOURCE GitRepoVolumeSource {
        directory: Text, repository: Text, revision: Text,
    }
    GLUSTERFS_VOLUME_SOURCE GlusterfsVolumeSource {
        endpoints: Text, path: Text, readOnly: Flag,
    }
    HTTP_GET_ACTION HTTPGetAction {
        host: Text, httpHeaders: List(&Object(&HTTP_HEADER)), path: Text, port: IntegerOrText,
        protocol: Text, scheme: Text,
    }
    HTTP_HEADER HTTPHeader {
        name: Text, value: Text,
    }
    HOST_ALIAS HostAlias {
        hostnames: List(&Text), ip: Text,
    }
    HOST_PATH_VOLUME_SOURCE HostPathVolumeSource {
        path: Text, type: Text,
    }
    ISCSI_VOLUME_SOURCE ISCSIVolumeSource {
        chapAuthDiscovery: Flag, chapAuthSession: Flag, fsType: Text, initiatorName: Text,
        iqn: Text, iscsiInterface: Text, lun: Integer, portals: List(&Text), readOnly: Flag,
        secretRef: Object(&LOCAL_OBJECT_REFERENCE), targetPortal: Text,
    }
    IMAGE_VOLUME_SOURCE ImageVolumeSource {
        pullPolicy: Text, reference: Text,
    }
    JOB_SCHEDULING_CONFIGURATION JobSchedulingConfiguration {
        disruptionMode: Anything, resourceClaims: List(&Anything),
        schedulingConstraints: Anything, schedulingPolicy: Anything,
    }
    JOB_TEMPLATE_SPEC JobTemplateSpec {
        metadata: Object(&OBJECT_META), spec: Object(&JOB_SPEC),
    }
    KEY_TO_PATH KeyToPath {
        key: Text, mode: Integer, path: Text, user: Integer,
    }
    LIFECYCLE Lifecycle {
        postStart: Object(&LIFECYCLE_HANDLER), preStop: Object(&LIFECYCLE_HANDLER),
        stopSignal: Text,
    }
    LIFECYCLE_HANDLER LifecycleHandler {
        exec: Object(&EXEC_ACTION), httpGet: Object(&HTTP_GET_ACTION),
        sleep: Object(&SLEEP_ACTION), tcpSocket: Object(&TCP_SOCKET_ACTION),
    }
    LOCAL_OBJECT_REFERENCE LocalObjectReference {
        name: Text,
    }
    NFS_VOLUME_SOURCE NFSVolumeSource {
        path: Text, readOnly: Flag, server: Text,
    }
    NODE_AFFINITY NodeAffinity {

        preferredDuringSchedulingIgnoredDuringExecution: List(&Object(&PREFERRED_SCHEDULING_TERM)),
        requiredDuringSchedulingIgnoredDuringExecution: Object(&NODE_SELECTOR),
    }
    NODE_SELECTOR NodeSelector {
        nodeSelectorTerms: List(&Object(&NODE_SELECTOR_TERM)),
    }
    NODE_SELECTOR_REQUIREMENT NodeSelectorRequirement {
        key: Text, operator: Text, values: List(&Text),
    }
    NODE_SELECTOR_TERM NodeSelectorTerm {
        matchExpressions: List(&Object(&NODE_SELECTOR_REQUIREMENT)),
        matchFields: List(&Object(&NODE_SELECTOR_REQUIREMENT)),
    }
    OBJECT_FIELD_SELECTOR ObjectFieldSelector {
        apiVersion: Text, fieldPath: Text,
    }
    PERSISTENT_VOLUME_CLAIM PersistentVolumeClaim {
        apiVersion: Text, kind: Text, metadata: Object(&OBJECT_META),
        spec: Object(&PERSISTENT_VOLUME_CLAIM_SPEC), status: Anything,
    }
    PERSISTENT_VOLUME_CLAIM_SPEC PersistentVolumeClaimSpec {
        accessModes: List(&Text), dataSource: Object(&TYPED_LOCAL_OBJECT_REFERENCE),
        dataSourceRef: Object(&TYPED_OBJECT_REFERENCE),
        resources: Object(&VOLUME_RESOURCE_REQUIREMENTS), selector: Object(&LABEL_SELECTOR),
        storageClassName: Text, volumeAttributesClassName: Text, volumeMode: Text,
        volumeName: Text,
    }
    PERSISTENT_VOLUME_CLAIM_TEMPLATE PersistentVolumeClaimTemplate {
        metadata: Object(&OBJECT_META), spec: Object(&PERSISTENT_VOLUME_CLAIM_SPEC),
    }
    PERSISTENT_VOLUME_CLAIM_VOLUME_SOURCE PersistentVolumeClaimVolumeSource {
        claimName: Text, readOnly: Flag,
    }
    PHOTON_PERSISTENT_DISK_VOLUME_SOURCE PhotonPersistentDiskVolumeSource {
        fsType: Text, pdID: Text,
    }
    POD_AFFINITY PodAffinity {

        preferredDuringSchedulingIgnoredDuringExecution: List(&Object(&WEIGHTED_POD_AFFINITY_TERM)),
        requiredDuringSchedulingIgnoredDuringExecution: List(&Object(&POD_AFFINITY_TERM)),
    }
    POD_AFFINITY_TERM PodAffinityTerm {
        labelSelector: Object(&LABEL_SELECTOR), matchLabelKeys: List(&Text),
        mismatchLabelKeys: List(&Text), namespaceSelector: Object(&LABEL_SELECTOR),
        namespaces: List(&Text), topologyKey: Text,
    }
    POD_ANTI_AFFINITY PodAntiAffinity {

        preferredDuringSchedulingIgnoredDuringExecution: List(&Object(&WEIGHTED_POD_AFFINITY_TERM)),
        requiredDuringSchedulingIgnoredDuringExecution: List(&Object(&POD_AFFINITY_TERM)),
    }
    POD_CERTIFICATE_PROJECTION PodCertificateProjection {
        certificateChainPath: Text, credentialBundlePath: Text, keyPath: Text, keyType: Text,
        maxExpirationSeconds: Integer, signerName: Text, user: Integer,
        userAnnotations: Map(&Text),
    }
    POD_DNS_CONFIG PodDNSConfig {
        nameservers: List(&Text), options: List(&Object(&POD_DNS_CONFIG_OPTION)),
        searches: List(&Text),
    }
    POD_DNS_CONFIG_OPTION PodDNSConfigOption {
        name: Text, value: Text,
    }
    POD_FAILURE_POLICY PodFailurePolicy {
        rules: List(&Object(&POD_FAILURE_POLICY_RULE)),
    }
    POD_FAILURE_POLICY_ON_EXIT_CODES_REQUIREMENT PodFailurePolicyOnExitCodesRequirement {
        containerName: Text, operator: Text, values: List(&Integer),
    }
    POD_FAILURE_POLICY_ON_POD_CONDITIONS_PATTERN PodFailurePolicyOnPodConditionsPattern {
        status: Text, type: Text,
    }
    POD_FAILURE_POLICY_RULE PodFailurePolicyRule {
        action: Text, onExitCodes: Object(&POD_FAILURE_POLICY_ON_EXIT_CODES_REQUIREMENT),
        onPodConditions: List(&Object(&POD_FAILURE_POLICY_ON_POD_CONDITIONS_PATTERN)),
    }
    POD_OS PodOS {
        name: Text,
    }
    POD_READINESS_GATE PodReadinessGate {
        conditionType: Text,
    }
    POD_RESOURCE_CLAIM PodResourceClaim {
        name: Text, resourceClaimName: Text, resourceClaimTemplateName: Text,
    }
    POD_SCHEDULING_GATE PodSchedulingGate {
        name: Text,
    }
    POD_SCHEDULING_GROUP PodSchedulingGroup {
        podGroupName: Text,
    }
    POD_SECURITY_CONTEXT PodSecurityContext {
        appArmorProfile: Object(&APP_ARMOR_PROFILE), fsGroup: Integer, fsGroupChangePolicy: Text,
        runAsGroup: Integer, runAsNonRoot: Flag, runAsUser: Integer, seLinuxChangePolicy: Text,
        seLinuxOptions: Object(&SE_LINUX_OPTIONS), seccompProfile: Object(&SECCOMP_PROFILE),
        supplementalGroups: List(&Integer), supplementalGroupsPolicy: Text,
        sysctls: List(&Object(&SYSCTL)),
        windowsOptions: Object(&WINDOWS_SECURITY_CONTEXT_OPTIONS),
    }
    POD_TEMPLATE_SPEC PodTemplateSpec {
        metadata: Object(&OBJECT_META), spec: Object(&POD_SPEC),
    }
    PORTWORX_VOLUME_SOURCE PortworxVolumeSource {
        fsType: Text, readOnly: Flag, volumeID: Text,
    }
    PREFERRED_SCHEDULING_TERM PreferredSchedulingTerm {
        preference: Object(&NODE_SELECTOR_TERM), weight: Integer,
    }
    PROBE Probe {
        exec: Object(&EXEC_ACTION), failureThreshold: Integer, grpc: Object(&GRPC_ACTION),
        httpGet: Object(&HTTP_GET_ACTION), initialDelaySeconds: Integer, periodSeconds: Integer,
        successThreshold: Integer, tcpSocket: Object(&TCP_SOCKET_ACTION),
        terminationGracePeriodSeconds: Integer, timeoutSeconds: Integer,
    }
    PROJECTED_VOLUME_SOURCE ProjectedVolumeSource {
        defaultMode: Integer, defaultUser: Integer, sources: List(&Object(&VOLUME_PROJECTION)),
    }
    QUOBYTE_VOLUME_SOURCE QuobyteVolumeSource {
        group: Text, readOnly: Flag, registry: Text, tenant: Text, user: Text, volume: Text,
    }
    RBD_VOLUME_SOURCE RBDVolumeSource {
        fsType: Text, image: Text, keyring: Text, monitors: List(&Text), pool: Text,
        readOnly: Flag, secretRef: Object(&LOCAL_OBJECT_REFERENCE), user: Text,
    }
    RESOURCE_CLAIM ResourceClaim {
        name: Text, request: Text,
    }
    RESOURCE_FIELD_SELECTOR ResourceFieldSelector {
        containerName: Text, divisor: Amount, resource: Text,
    }
    RESOURCE_REQUIREMENTS ResourceRequirements {
        claims: List(&Object(&RESOURCE_CLAIM)), limits: Map(&Amount), requests: Map(&Amount),
    }
    ROLLING_UPDATE_DAEMON_SET RollingUpdateDaemonSet {
        maxSurge: IntegerOrText, maxUnavailable: IntegerOrText,
    }
    ROLLING_UPDATE_DEPLOYMENT RollingUpdateDeployment {
        maxSurge: IntegerOrText, maxUnavailable: IntegerOrText,
    }
    ROLLING_UPDATE_STATEFUL_SET_STRATEGY RollingUpdateStatefulSetStrategy {
        maxUnavailable: IntegerOrText, partition: Integer,
    }
    SE_LINUX_OPTIONS SELinuxOptions {
        level: Text, role: Text, type: Text, user: Text,
    }
    SCALE_IO_VOLUME_SOURCE ScaleIOVolumeSource {
        fsType: Text, gateway: Text, protectionDomain: Text, readOnly: Flag,
        secretRef: Object(&LOCAL_OBJECT_REFERENCE), sslEnabled: Flag, storageMode: Text,
        storagePool: Text, system: Text, volumeName: Text,
    }
    SECCOMP_PROFILE SeccompProfile {
        localhostProfile: Text, type: Text,
    }
    SECRET_ENV_SOURCE SecretEnvSource {
        name: Text, optional: Flag,
    }
    SECRET_KEY_SELECTOR SecretKeySelector {
        key: Text, name: Text, optional: Flag,
    }
    SECRET_PROJECTION SecretProjection {
        items: List(&Object(&KEY_TO_PATH)), name: Text, optional: Flag,
    }
    SECRET_VOLUME_SOURCE SecretVolumeSource {
        defaultMode: Integer, defaultUser: Integer, items: List(&Object(&KEY_TO_PATH)),
        optional: Flag, secretName: Text,
    }
    SECURITY_CONTEXT SecurityContext {
        allowPrivilegeEscalation: Flag, appArmorProfile: Object(&APP_ARMOR_PROFILE),
        capabilities: Object(&CAPABILITIES), privileged: Flag, procMount: Text,
        readOnlyRootFilesystem: Flag, runAsGroup: Integer, runAsNonRoot: Flag, runAsUser: Integer,
        seLinuxOptions: Object(&SE_LINUX_OPTIONS), seccompProfile: Object(&SECCOMP_PROFILE),
        windowsOptions: Object(&WINDOWS_SECURITY_CONTEXT_OPTIONS),
    }
    SERVICE_ACCOUNT_TOKEN_PROJECTION ServiceAccountTokenProjection {
        audience: Text, expirationSeconds: Integer, path: Text, user: Integer,
    }
    SLEEP_ACTION SleepAction {
        seconds: Integer,
    }
    STATEFUL_SET_ORDINALS StatefulSetOrdinals {
        start: Integer,
    }
    STATEFUL_SET_PERSISTENT_VOLUME_CLAIM_RETENTION_POLICY StatefulSetPersistentVolumeClaimRetentionPolicy {
        whenDeleted: Text, whenScaled: Text,
    }
    STATEFUL_SET_UPDATE_STRATEGY StatefulSetUpdateStrategy {
        rollingUpdate: Object(&ROLLING_UPDATE_STATEFUL_SET_STRATEGY), type: Text,
    }
    STORAGE_OS_VOLUME_SOURCE StorageOSVolumeSource {
        fsType: Text, readOnly: Flag, secretRef: Object(&LOCAL_OBJECT_REFERENCE),
        volumeName: Text, volumeNamespace: Text,
    }
    SUCCESS_POLICY SuccessPolicy {
        rules: List(&Object(&SUCCESS_POLICY_RULE)),
    }
    SUCCESS_POLICY_RULE SuccessPolicyRule {
        succeededCount: Integer, succeededIndexes: Text,
    }
    SYSCTL Sysctl {
        name: Text, value: Text,
    }
    TCP_SOCKET_ACTION TCPSocketAction {
        host: Text, port: IntegerOrText,
    }
    TOLERATION Toleration {
        effect: Text, key: Text, operator: Text, tolerationSeconds: Integer, value: Text,
    }
    TOPOLOGY_SPREAD_CONSTRAINT TopologySpreadConstraint {
        labelSelector: Object(&LABEL_SELECTOR), matchLabelKeys: List(&Text), maxSkew: Integer,
        minDomains: Integer, nodeAffinityPolicy: Text, nodeTaintsPolicy: Text, topologyKey: Text,
        whenUnsatisfiable: Text,
    }
    TYPED_LOCAL_OBJECT_REFERENCE TypedLocalObjectReference {
        apiGroup: Text, kind: Text, name: Text,
    }
    TYPED_OBJECT_REFERENCE TypedObjectReference {
        apiGroup: Text, kind: Text, name: Text, namespace: Text,
    }
    VOLUME Volume {
        awsElasticBlockStore: Object(&AWS_ELASTIC_BLOCK_STORE_VOLUME_SOURCE),
        azureDisk: Object(&AZURE_DISK_VOLUME_SOURCE),
        azureFile: Object(&AZURE_FILE_VOLUME_SOURCE), cephfs: Object(&CEPH_FS_VOLUME_SOURCE),
        cinder: Object(&CINDER_VOLUME_SOURCE), configMap: Object(&CONFIG_MAP_VOLUME_SOURCE),
        csi: Object(&CSI_VOLUME_SOURCE), downwardAPI: Object(&DOWNWARD_API_VOLUME_SOURCE),
        emptyDir: Object(&EMPTY_DIR_VOLUME_SOURCE), ephemeral: Object(&EPHEMERAL_VOLUME_SOURCE),
        fc: Object(&FC_VOLUME_SOURCE), flexVolume: Object(&FLEX_VOLUME_SOURCE),
        flocker: Object(&FLOCKER_VOLUME_SOURCE),
        gcePersistentDisk: Object(&GCE_PERSISTENT_DISK_VOLUME_SOURCE),
        gitRepo: Object(&GIT_REPO_VOLUME_SOURCE), glusterfs: Object(&GLUSTERFS_VOLUME_SOURCE),
        hostPath: Object(&HOST_PATH_VOLUME_SOURCE), image: Object(&IMAGE_VOLUME_SOURCE),
        iscsi: Object(&ISCSI_VOLUME_SOURCE), name: Text, nfs: Object(&NFS_VOLUME_SOURCE),
        persistentVolumeClaim: Object(&PERSISTENT_VOLUME_CLAIM_VOLUME_SOURCE),
        photonPersistentDisk: Object(&PHOTON_PERSISTENT_DISK_VOLUME_SOURCE),
        portworxVolume: Object(&PORTWORX_VOLUME_SOURCE),
        projected: Object(&PROJECTED_VOLUME_SOURCE), quobyte: Object(&QUOBYTE_VOLUME_SOURCE),
        rbd: Object(&RBD_VOLUME_SOURCE), scaleIO: Object(&SCALE_IO_VOLUME_SOURCE),
        secret: Object(&SECRET_VOLUME_SOURCE), storageos: Object(&STORAGE_OS_VOLUME_SOURCE),
        vsphereVolume: Object(&VSPHERE_VIRTUAL_DISK_VOLUME_SOURCE),
    }
    VOLUME_DEVICE VolumeDevice {
        devicePath: Text, name: Text,
    }
    VOLUME_MOUNT VolumeMount {
        bindMountOptions: List(&Text), mountPath: Text, mountPropagation: Text, name: Text,
        readOnly: Flag, recursiveReadOnly: Text, subPath: Text, subPathExpr: Text,
    }
    VOLUME_PROJECTION VolumeProjection {
        clusterTrustBundle: Object(&CLUSTER_TRUST_BUNDLE_PROJECTION),
        configMap: Object(&CONFIG_MAP_PROJECTION), downwardAPI: Object(&DOWNWARD_API_PROJECTION),
        podCertificate: Object(&POD_CERTIFICATE_PROJECTION), secret: Object(&SECRET_PROJECTION),
        serviceAccountToken: Object(&SERVICE_ACCOUNT_TOKEN_PROJECTION),
    }
    VOLUME_RESOURCE_REQUIREMENTS VolumeResourceRequirements {
        limits: Map(&Amount), requests: Map(&Amount),
    }
    VSPHERE_VIRTUAL_DISK_VOLUME_SOURCE VsphereVirtualDiskVolumeSource {
        fsType: Text, storagePolicyID: Text, storagePolicyName: Text, volumePath: Text,
    }
    WEIGHTED_POD_AFFINITY_TERM WeightedPodAffinityTerm {
        podAffinityTerm: Object(&POD_AFFINITY_TERM), weight: Integer,
    }
    WINDOWS_SECURITY_CONTEXT_OPTIONS WindowsSecurityContextOptions {
        gmsaCredentialSpec: Text, gmsaCredentialSpecName: Text, hostProcess: Flag,
        runAsUserName: Text,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_are_sorted_so_that_bisection_finds_them() {
        for shape in ALL {
            let names: Vec<_> = shape.names().collect();
            assert!(names.is_sorted(), "{}: {names:?}", shape.name);
        }
        assert!(POD_SPEC.field("containers").is_some());
        assert!(CONTAINER.field("securityContext").is_some());
        assert!(CONTAINER.field("securitycontext").is_none());
    }
}
