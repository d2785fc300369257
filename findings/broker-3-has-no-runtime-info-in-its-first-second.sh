#!/bin/bash
# A Java broker 3.2.6 that has just started answers GET_BROKER_RUNTIME_INFO (28) with an error: its statistics take the last of the
# samples that a thread of theirs makes each second, and there is none yet.
#
# Monitoring that asks a broker as soon as its port is open must take that for "not yet" and ask again.
source "$(dirname "$0")/lib.sh"

maven_classpath com.alibaba.rocketmq:rocketmq-broker:3.2.6
cat >"$work/Ask.java" <<'J'
import com.alibaba.rocketmq.broker.BrokerController;
import com.alibaba.rocketmq.common.BrokerConfig;
import com.alibaba.rocketmq.common.protocol.RequestCode;
import com.alibaba.rocketmq.remoting.netty.NettyClientConfig;
import com.alibaba.rocketmq.remoting.netty.NettyRemotingClient;
import com.alibaba.rocketmq.remoting.netty.NettyServerConfig;
import com.alibaba.rocketmq.remoting.protocol.RemotingCommand;
import com.alibaba.rocketmq.store.config.MessageStoreConfig;
import java.net.ServerSocket;
public class Ask {
  public static void main(String[] args) throws Exception {
    NettyServerConfig config = new NettyServerConfig();
    MessageStoreConfig store = new MessageStoreConfig();
    store.setMapedFileSizeCommitLog(1 << 20);
    try (ServerSocket port = new ServerSocket(0); ServerSocket ha = new ServerSocket(0)) {
      config.setListenPort(port.getLocalPort());
      store.setHaListenPort(ha.getLocalPort());
    }
    BrokerConfig broker = new BrokerConfig();
    broker.setNamesrvAddr(null);
    BrokerController controller = new BrokerController(broker, config, new NettyClientConfig(), store);
    controller.initialize();
    NettyRemotingClient client = new NettyRemotingClient(new NettyClientConfig());
    client.start();
    controller.start();
    for (String when : new String[] {"at once", "5 s later"}) {
      RemotingCommand request = RemotingCommand.createRequestCommand(RequestCode.GET_BROKER_RUNTIME_INFO, null);
      RemotingCommand response = client.invokeSync("127.0.0.1:" + config.getListenPort(), request, 3000);
      String remark = response.getRemark();
      System.out.println("asked " + when + ": code " + response.getCode() + (remark == null ? "" : ", " + remark.split("[:,]")[0]));
      Thread.sleep(5000);
    }
    System.exit(0);
  }
}
J
expect 'rocketmq-broker 3.2.6' "$(run_java Ask | grep '^asked')" 'asked at once: code 1, java.util.NoSuchElementException
asked 5 s later: code 0'
