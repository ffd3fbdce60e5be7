package main

import (
	"os"
	_ "time/tzdata" // time zones of CronJobs

	"go.etcd.io/etcd/server/v3/etcdmain"
	_ "k8s.io/client-go/plugin/pkg/client/auth"
	"k8s.io/component-base/cli"
	_ "k8s.io/component-base/logs/json/register"
	_ "k8s.io/component-base/metrics/prometheus/clientgo"
	_ "k8s.io/component-base/metrics/prometheus/version"
	"k8s.io/kubectl/pkg/cmd"
	"k8s.io/kubectl/pkg/cmd/util"
	kubeapiserver "k8s.io/kubernetes/cmd/kube-apiserver/app"
	kubecontrollermanager "k8s.io/kubernetes/cmd/kube-controller-manager/app"
	kubescheduler "k8s.io/kubernetes/cmd/kube-scheduler/app"
)

// The components as their own main packages run them.

func etcd() error {
	etcdmain.Main(os.Args)
	return nil
}

func apiserver() error {
	os.Exit(cli.Run(kubeapiserver.NewAPIServerCommand()))
	return nil
}

func controllerManager() error {
	os.Exit(cli.Run(kubecontrollermanager.NewControllerManagerCommand()))
	return nil
}

func scheduler() error {
	os.Exit(cli.Run(kubescheduler.NewSchedulerCommand()))
	return nil
}

func kubectl() error {
	if err := cli.RunNoErrOutput(cmd.NewDefaultKubectlCommand()); err != nil {
		// Prints as kubectl does, and exits.
		util.CheckErr(err)
	}
	return nil
}
