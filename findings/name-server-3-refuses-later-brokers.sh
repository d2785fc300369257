#!/bin/bash
# The Java name server 3.2.6 takes no broker whose version number is above its own last one, 139.
#
# It looks the version of a REGISTER_BROKER request up in the list of the versions it knows, and the look-up fails. The broker gets
# SYSTEM_ERROR, logs it, and continues without being in any route: 4.x brokers, and whatever else calls itself later, need a
# later name server.
source "$(dirname "$0")/lib.sh"

maven_classpath com.alibaba.rocketmq:rocketmq-namesrv:3.2.6
cat >"$work/Register.java" <<'J'
import com.alibaba.rocketmq.common.namesrv.NamesrvConfig;
import com.alibaba.rocketmq.common.protocol.RequestCode;
import com.alibaba.rocketmq.common.protocol.header.namesrv.RegisterBrokerRequestHeader;
import com.alibaba.rocketmq.namesrv.NamesrvController;
import com.alibaba.rocketmq.remoting.netty.NettyClientConfig;
import com.alibaba.rocketmq.remoting.netty.NettyRemotingClient;
import com.alibaba.rocketmq.remoting.netty.NettyServerConfig;
import com.alibaba.rocketmq.remoting.protocol.RemotingCommand;
import java.net.ServerSocket;
public class Register {
  public static void main(String[] args) throws Exception {
    NettyServerConfig config = new NettyServerConfig();
    try (ServerSocket free = new ServerSocket(0)) { config.setListenPort(free.getLocalPort()); }
    NamesrvController server = new NamesrvController(new NamesrvConfig(), config);
    server.initialize();
    server.start();
    NettyRemotingClient client = new NettyRemotingClient(new NettyClientConfig());
    client.start();
    for (int version : new int[] {139, 140, 409}) {
      RegisterBrokerRequestHeader header = new RegisterBrokerRequestHeader();
      header.setBrokerAddr("127.0.0.1:10911");
      header.setHaServerAddr("127.0.0.1:10912");
      header.setBrokerName("broker-a");
      header.setClusterName("DefaultCluster");
      header.setBrokerId(0L);
      RemotingCommand request = RemotingCommand.createRequestCommand(RequestCode.REGISTER_BROKER, header);
      request.setVersion(version);
      RemotingCommand response = client.invokeSync("127.0.0.1:" + config.getListenPort(), request, 3000);
      String remark = response.getRemark();
      System.out.println("version " + version + ": code " + response.getCode() + (remark == null ? "" : ", " + remark.split("[:,]")[0]));
    }
    System.exit(0);
  }
}
J
expect 'rocketmq-namesrv 3.2.6' "$(run_java Register | grep '^version')" 'version 139: code 0
version 140: code 1, java.lang.ArrayIndexOutOfBoundsException
version 409: code 1, java.lang.ArrayIndexOutOfBoundsException'
